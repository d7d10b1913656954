//! One source per target, two engines. `cargo +nightly fuzz run <target>` searches with libFuzzer; where there is no nightly
//! (CI), `cargo run --bin <target>` mutates the seeds at random for `FUZZ_SECONDS` (default 3) and prints its `FUZZ_SEED`,
//! which repeats the run. An input that fails is kept in `fuzz/artifacts/<target>`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[cfg(fuzzing)]
pub use libfuzzer_sys;

/// Declares what one target does with any bytes. `seeds` are inputs to begin with, beside the files of `corpus`: a folder of
/// the repository.
#[macro_export]
macro_rules! target {
    (seeds: $seeds:expr, corpus: $corpus:expr, |$bytes:ident| $work:expr) => {
        fn work($bytes: &[u8]) {
            $work
        }

        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| work(bytes));

        #[cfg(not(fuzzing))]
        fn main() {
            let corpus: Option<&str> = $corpus;
            $crate::drive(env!("CARGO_BIN_NAME"), $seeds, corpus, work);
        }
    };
}

/// The text in any bytes: what is no UTF-8 is replaced, as it is at the product's edges.
pub fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Xorshift: repeatable from its seed, and good enough to choose bytes.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).unwrap_or(0)
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs `work` on the seeds, then on mutations of them, until the time is over; ends the process on the first failure.
pub fn drive(name: &str, seeds: &[&str], corpus: Option<&str>, work: fn(&[u8])) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut inputs: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    inputs.extend(corpus.into_iter().flat_map(|folder| files(&repository.join(folder))));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seed = number("FUZZ_SEED").unwrap_or(now.as_secs()).max(1);
    let until = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(3));
    let mut chance = Chance(seed);
    let mut runs = 0u64;
    for input in &inputs {
        attempt(name, input, work);
    }
    while Instant::now() < until {
        let input = mutate(&inputs, &mut chance);
        attempt(name, &input, work);
        runs += 1;
    }
    println!("{name}: {} seeds, {runs} mutations, FUZZ_SEED={seed}", inputs.len());
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

fn attempt(name: &str, input: &[u8], work: fn(&[u8])) {
    if catch_unwind(AssertUnwindSafe(|| work(input))).is_err() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(name);
        let file = folder.join(format!("failed-{}", std::process::id()));
        let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input));
        eprintln!("{name} failed on {} (kept: {})", text(input).escape_debug(), kept.is_ok());
        std::process::exit(1);
    }
}

/// Characters on which parsers turn.
const TURNS: &[&str] = &[
    "", "\0", "\n", "\r\n", "\"", "'", ",", ";", ":", "{", "}", "[", "]", "\\", "/", "+", "-", "*", "_", "~", "`", "0",
    "9", "-1", "1e999", "null", "é", "e\u{301}", "🙂", "\u{202e}", "\u{feff}", " ", "\u{a0}", "\u{ffff}",
];

fn mutate(inputs: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = inputs[chance.below(inputs.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(input.len() + 1);
        let to = at + chance.below((input.len() - at).min(32) + 1);
        match chance.below(5) {
            0 => drop(input.drain(at..to)),
            1 => drop(input.splice(at..at, TURNS[chance.below(TURNS.len())].bytes())),
            2 => drop(input.splice(at..to, TURNS[chance.below(TURNS.len())].bytes())),
            3 if at < input.len() => input[at] = u8::try_from(chance.below(256)).unwrap_or(0),
            _ => {
                let other = &inputs[chance.below(inputs.len())];
                let from = chance.below(other.len() + 1);
                let part = other[from..(from + chance.below(64)).min(other.len())].to_vec();
                drop(input.splice(at..at, part));
            }
        }
    }
    input
}
