//! The files of `static/`: inside the binary, or read from a folder at each request for those who work on them
//! (`server.static_dir`). Knows names, versions, kinds and encodings; which address serves which file is `pages.rs`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use actix_web::http::header::{self, ContentEncoding, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::config::Config;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "docs/*"]
#[exclude = "*.md"]
#[exclude = "*.d.ts"]
#[exclude = "tsconfig.json"]
struct Embedded;

/// Files that are filled in before they are served, each under an address of its own.
const TEMPLATES: [&str; 5] =
    ["console/index.html", "console/sw.js", "console/manifest.webmanifest", "widget/loader.js", "widget/frame.html"];
/// What the console keeps for the time it is offline: everything but these.
const NOT_KEPT: [&str; 2] = ["widget/", "demo/"];
/// Hexadecimal digits of a version.
const DIGITS: usize = 12;

/// How long an answer may be kept by browsers and those between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its address changes with its content.
    Forever,
    Minutes,
    /// Asked for again each time; unchanged is 304.
    Checked,
    Not,
}

impl Keep {
    const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Keep::Forever => "public, max-age=31536000, immutable",
            Keep::Minutes => "public, max-age=300",
            Keep::Checked => "no-cache",
            Keep::Not => "no-store",
        })
    }
}

/// A file as it is served.
pub struct File {
    kind: &'static str,
    tag: String,
    plain: Bytes,
    /// Made when first asked for; none when it would not be smaller.
    gzip: OnceLock<Option<Bytes>>,
}

impl File {
    fn new(path: &str, content: Cow<'static, [u8]>) -> File {
        let plain = match content {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        File { kind: kind(path), tag: format!("W/\"{}\"", short(&plain)), plain, gzip: OnceLock::new() }
    }

    fn gzip(&self) -> Option<Bytes> {
        let packed = self.gzip.get_or_init(|| {
            if !is_text(self.kind) {
                return None;
            }
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            // A vector takes everything.
            encoder.write_all(&self.plain).ok()?;
            encoder.finish().ok().map(Bytes::from).filter(|packed| packed.len() < self.plain.len())
        });
        packed.clone()
    }

    /// The file, in the encoding the caller takes; 304 when it has this one.
    pub fn answer(&self, request: &HttpRequest, keep: Keep) -> HttpResponse {
        let had = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let same = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == self.tag.trim_start_matches("W/");
        let unchanged = keep != Keep::Not && had.is_some_and(|tags| tags.split(',').any(|tag| same(tag.trim())));
        let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::CACHE_CONTROL, keep.header()))
            .insert_header((header::ETAG, self.tag.as_str()))
            .insert_header((header::VARY, "Accept-Encoding"));
        if unchanged {
            return response.finish();
        }
        response.content_type(self.kind);
        match self.gzip().filter(|_| takes_gzip(request.headers())) {
            // Named here, so that no layer encodes it once more.
            Some(packed) => response.insert_header(ContentEncoding::Gzip).body(packed),
            None => response.body(self.plain.clone()),
        }
    }
}

/// What is inside the binary, made ready once.
struct Built {
    version: String,
    files: BTreeMap<String, File>,
}

static BUILT: LazyLock<Built> = LazyLock::new(|| {
    let mut contents: BTreeMap<String, Cow<'static, [u8]>> = BTreeMap::new();
    let mut whole = Sha256::new();
    for path in Embedded::iter() {
        if let Some(file) = Embedded::get(&path) {
            contents.insert(path.into_owned(), file.data);
        }
    }
    for (path, content) in &contents {
        whole.update(path.as_bytes());
        whole.update([0]);
        whole.update(Sha256::digest(content));
    }
    let version = hex::encode(whole.finalize()).chars().take(DIGITS).collect::<String>();
    let kept = kept(contents.keys().map(String::as_str));
    let files = contents.iter().map(|(path, content)| {
        let template = TEMPLATES.contains(&path.as_str());
        let content = if template { filled(content, &version, &kept) } else { content.clone() };
        (path.clone(), File::new(path, content))
    });
    Built { files: files.collect(), version }
});

/// Where files come from.
pub enum Assets<'a> {
    Binary,
    Folder(&'a Path),
}

impl<'a> Assets<'a> {
    pub fn of(config: &'a Config) -> Assets<'a> {
        let folder = &config.server.static_dir;
        if folder.as_os_str().is_empty() { Assets::Binary } else { Assets::Folder(folder) }
    }

    /// Of the whole tree: it is in the addresses of its files.
    pub fn version(&self) -> &'a str {
        match self {
            Assets::Binary => &BUILT.version,
            Assets::Folder(_) => "dev",
        }
    }

    /// How long what is served under `version` may be kept: a tab that was open across an upgrade asks for an earlier one
    /// and gets today's file.
    pub fn keep(&self, version: &str) -> Keep {
        match self {
            Assets::Binary if version == BUILT.version => Keep::Forever,
            _ => Keep::Not,
        }
    }

    /// Answers with the file of this path, if there is one. Files of a folder are never kept.
    pub fn answer(&self, path: &str, request: &HttpRequest, keep: Keep) -> Option<HttpResponse> {
        match self {
            Assets::Binary => Some(BUILT.files.get(path)?.answer(request, keep)),
            Assets::Folder(folder) => Some(read(folder, path)?.answer(request, Keep::Not)),
        }
    }
}

/// A file of the folder as it is now.
fn read(folder: &Path, path: &str) -> Option<File> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let content = if inside { std::fs::read(folder.join(path)).ok()? } else { return None };
    if !TEMPLATES.contains(&path) {
        return Some(File::new(path, content.into()));
    }
    let mut paths = Vec::new();
    list(folder, folder, &mut paths);
    paths.sort();
    Some(File::new(path, filled(&content, "dev", &kept(paths.iter().map(String::as_str)))))
}

fn list(root: &Path, folder: &Path, into: &mut Vec<String>) {
    // A folder that cannot be read has no files: whoever works on it sees them missing.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path: PathBuf = entry.path();
        if path.is_dir() {
            list(root, &path, into);
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str)
            && !name.starts_with("docs/")
            && ![".md", ".d.ts", "tsconfig.json"].iter().any(|end| name.ends_with(end))
        {
            into.push(name.to_owned());
        }
    }
}

/// The paths that the console's worker keeps.
fn kept<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<&'p str> {
    paths.filter(|path| !TEMPLATES.contains(path) && !NOT_KEPT.iter().any(|prefix| path.starts_with(prefix))).collect()
}

fn filled(content: &[u8], version: &str, kept: &[&str]) -> Cow<'static, [u8]> {
    let assets = format!("/assets/{version}");
    let addresses: Vec<String> = kept.iter().map(|path| format!("{assets}/{path}")).collect();
    let text = String::from_utf8_lossy(content)
        .replace("{{assets}}", &assets)
        .replace("{{version}}", version)
        .replace("{{precache}}", &serde_json::Value::from(addresses).to_string());
    Cow::Owned(text.into_bytes())
}

fn short(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content)).chars().take(DIGITS).collect()
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        matches!(name.trim(), "gzip" | "*") && !refused
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "txt" | "LICENSE" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || ["json", "xml", "wasm"].iter().any(|end| kind.ends_with(end))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_template_names_the_version_and_what_is_kept() {
        let paths = ["console/app.js", "console/index.html", "vendor/preact.js", "widget/frame.js"];
        let text = filled(b"{{assets}} {{version}} {{precache}}", "v1", &kept(paths.into_iter()));
        assert_eq!(
            std::str::from_utf8(&text).unwrap(),
            r#"/assets/v1 v1 ["/assets/v1/console/app.js","/assets/v1/vendor/preact.js"]"#
        );
    }

    #[test]
    fn a_folder_serves_nothing_outside_of_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(folder.path().join("a/b.js"), "b").unwrap();
        let inner = folder.path().join("a");
        assert!(read(&inner, "b.js").is_some());
        for path in ["../secret", "/etc/hostname", "x/../../secret", "", "."] {
            assert!(read(&inner, path).is_none(), "{path}");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let takes = |value: &str| {
            takes_gzip(TestRequest::default().insert_header(("accept-encoding", value)).to_http_request().headers())
        };
        assert!(takes("br, gzip;q=0.8") && takes("*"));
        assert!(!takes("br") && !takes("gzip;q=0, br") && !takes(""));
        let file = File::new("a.js", Cow::Owned(b"export const text = 1;\n".repeat(50)));
        assert!(file.gzip().unwrap().len() < 100);
        assert!(File::new("a.png", Cow::Owned(vec![0; 1000])).gzip().is_none());
    }
}
