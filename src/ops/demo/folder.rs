//! The demo's own folder. A file in it says what it is and keeps the password of its accounts: a folder without it is
//! somebody's data, and is never touched.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::vault::Secret;

const MARKER: &str = "demo.json";
const WHAT: &str = "attendance demo";

#[derive(Serialize, Deserialize)]
struct Marker {
    what: String,
    /// Of every account in this demo.
    password: String,
}

pub struct Folder {
    pub path: PathBuf,
    pub password: Secret,
    /// Locked while the demo runs.
    _marker: File,
}

/// Opens the demo's folder, or makes it. `fresh`: forgets what is in it.
///
/// Errors: the folder holds something that is no demo; another demo runs in it.
pub fn open(path: &Path, fresh: bool) -> Result<Folder> {
    std::fs::create_dir_all(path).with_context(|| format!("cannot create the demo's folder {}", path.display()))?;
    let file = path.join(MARKER);
    let entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    let empty = entries.iter().all(|entry| entry.file_name() == MARKER);
    let opened = OpenOptions::new().read(true).write(true).create(empty).truncate(false).mode(0o600).open(&file);
    let mut marker = match opened {
        Ok(marker) => marker,
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "{} holds something that is not a demo and is left alone; name another data_dir (ATTENDANCE__DATA_DIR)",
            path.display()
        ),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    ensure!(marker.try_lock().is_ok(), "another demo is running in {}", path.display());
    let mut text = String::new();
    marker.read_to_string(&mut text)?;
    let known = serde_json::from_str::<Marker>(&text).ok().filter(|known| known.what == WHAT);
    // An empty one alone: a first start that was cut short.
    ensure!(known.is_some() || (empty && text.is_empty()), "{} is not the mark of a demo", file.display());
    if fresh {
        clear(path)?;
    }
    let password = match known {
        Some(known) if !fresh => known.password,
        _ => {
            let password = format!("aurora-{}", hex::encode(rand::random::<[u8; 4]>()));
            let marker_text =
                serde_json::to_string_pretty(&Marker { what: WHAT.to_owned(), password: password.clone() })?;
            marker.set_len(0)?;
            marker.seek(SeekFrom::Start(0))?;
            marker.write_all(marker_text.as_bytes())?;
            marker.sync_all()?;
            password
        }
    };
    Ok(Folder { path: path.to_owned(), password: Secret::new(password), _marker: marker })
}

/// Removes everything but the marker.
fn clear(path: &Path) -> Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        let removed = match entry.file_type()?.is_dir() {
            true => std::fs::remove_dir_all(entry.path()),
            false => std::fs::remove_file(entry.path()),
        };
        removed.with_context(|| format!("cannot remove {}", entry.path().display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_goes_on_where_it_was_and_a_fresh_one_forgets() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("demo");
        let first = open(&path, false).unwrap();
        assert!(open(&path, false).is_err(), "two at once");
        let password = first.password.clone();
        drop(first);
        std::fs::write(path.join("attendance.db"), b"x").unwrap();
        assert_eq!(open(&path, false).unwrap().password, password);
        assert!(path.join("attendance.db").exists());
        assert_ne!(open(&path, true).unwrap().password, password);
        assert!(!path.join("attendance.db").exists());
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("attendance.db");
        std::fs::write(&file, b"real").unwrap();
        for fresh in [false, true] {
            assert!(open(place.path(), fresh).is_err());
        }
        std::fs::write(place.path().join(MARKER), b"{}").unwrap();
        for fresh in [false, true] {
            assert!(open(place.path(), fresh).is_err());
        }
        assert_eq!(std::fs::read(&file).unwrap(), b"real");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);
    }
}
