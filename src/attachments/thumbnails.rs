//! Small pictures of pictures, made when first asked for and kept beside the bytes they show.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::files;

/// Pixels of the longer side.
const SIDE: u32 = 320;
/// Pixels of the longer side of what is read at all, and the memory reading it may take.
const MOST_SIDE: u32 = 16_384;
const MOST_BYTES: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 80;

/// Why there is no thumbnail.
#[derive(Debug, thiserror::Error)]
pub enum ThumbnailError {
    #[error("not a picture that can be read: {0}")]
    NotAPicture(ImageError),
    #[error("cannot keep the thumbnail: {0}")]
    Io(#[from] io::Error),
}

/// Where the thumbnail of these bytes is, and its type; makes it the first time. Reads whole pictures: for a blocking
/// thread.
pub fn of(folder: &Path, sha256: &str) -> Result<(PathBuf, &'static str), ThumbnailError> {
    let place = files::path(&folder.join("thumbnails"), sha256);
    if !place.exists() {
        make(folder, sha256, &place)?;
    }
    let format = ImageReader::open(&place)?.with_guessed_format()?.format();
    Ok((place, format.unwrap_or(ImageFormat::Jpeg).to_mime_type()))
}

fn make(folder: &Path, sha256: &str, place: &Path) -> Result<(), ThumbnailError> {
    let bytes = small(&files::path(folder, sha256))?;
    let temporary = folder.join("incoming").join(uuid::Uuid::now_v7().to_string());
    for parent in [place, &temporary].into_iter().filter_map(Path::parent) {
        std::fs::create_dir_all(parent)?;
    }
    // Whole or not at all; two at once make the same.
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(&temporary, place)?;
    Ok(())
}

/// JPEG, or WebP where something shows through; upright, as the camera meant it.
fn small(path: &Path) -> Result<Vec<u8>, ThumbnailError> {
    let unreadable = |error: ImageError| match error {
        ImageError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => ThumbnailError::Io(error),
        other => ThumbnailError::NotAPicture(other),
    };
    let mut reader = ImageReader::new(BufReader::new(std::fs::File::open(path)?)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    if picture.width() > SIDE || picture.height() > SIDE {
        picture = picture.thumbnail(SIDE, SIDE);
    }
    picture.apply_orientation(orientation);
    let mut bytes = Vec::new();
    let encoded = if picture.color().has_alpha() {
        picture.to_rgba8().write_with_encoder(WebPEncoder::new_lossless(&mut bytes))
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))
    };
    encoded.map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn kept(folder: &Path, name: &str, bytes: &[u8]) -> String {
        let place = files::path(folder, name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
        name.to_owned()
    }

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = io::Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_made_small_once_and_what_is_none_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let photo = kept(folder.path(), "aa01", &png(RgbImage::from_pixel(1280, 640, Rgb([200, 30, 30]))));
        let (place, kind) = of(folder.path(), &photo).unwrap();
        assert_eq!(kind, "image/jpeg");
        let small = image::load_from_memory_with_format(&std::fs::read(&place).unwrap(), ImageFormat::Jpeg).unwrap();
        assert_eq!((small.width(), small.height()), (320, 160));
        let made = std::fs::metadata(&place).unwrap().modified().unwrap();
        assert_eq!(of(folder.path(), &photo).unwrap(), (place.clone(), kind));
        assert_eq!(std::fs::metadata(&place).unwrap().modified().unwrap(), made);

        let logo = kept(folder.path(), "aa02", &png(RgbaImage::from_pixel(20, 10, Rgba([0, 0, 0, 9]))));
        let (place, kind) = of(folder.path(), &logo).unwrap();
        assert_eq!(kind, "image/webp");
        let small = image::load_from_memory(&std::fs::read(place).unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (20, 10), "never made larger");

        for (name, bytes) in [("aa03", &b"just text"[..]), ("aa04", &png(RgbImage::new(8, 8))[..40])] {
            let text = kept(folder.path(), name, bytes);
            assert!(matches!(of(folder.path(), &text), Err(ThumbnailError::NotAPicture(_))), "{name}");
        }
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        // One byte of data for 50,000 x 50,000 pixels.
        let mut bomb = png(RgbImage::new(1, 1));
        bomb[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
        let bomb = kept(folder.path(), "aa05", &bomb);
        assert!(matches!(of(folder.path(), &bomb), Err(ThumbnailError::NotAPicture(_))));
    }
}
