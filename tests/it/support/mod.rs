//! What every scenario needs: a server of its own, a provider's cloud, people.

pub mod api;
pub mod document;
pub mod floor;
pub mod graph;
pub mod postgres;
pub mod proxy;
pub mod server;
pub mod smtp;
pub mod socket;
pub mod world;

use std::time::Duration;

/// Longer than anything takes: a scenario that waits this long for an event has failed.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// What chance is drawn from in this run: printed, and `ATTENDANCE_TEST_SEED` draws the same again.
pub fn seed() -> u64 {
    let given = std::env::var("ATTENDANCE_TEST_SEED").ok();
    let seed = given.map_or_else(rand::random, |seed| seed.parse().expect("ATTENDANCE_TEST_SEED is a number"));
    println!("ATTENDANCE_TEST_SEED={seed}");
    seed
}

/// Where the rows live in this run of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Runs a scenario on one database.
pub fn run<F: Future<Output = ()>>(backend: Backend, scenario: impl FnOnce(Backend) -> F) {
    attendance::channels::http::install_crypto();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scenario(backend));
}

/// Declares scenarios, async functions of the surrounding module taking a [`Backend`], as tests on both databases.
macro_rules! scenarios {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                crate::support::run(crate::support::Backend::Sqlite, super::$name);
            })+
        }
        mod postgres {
            $(#[test]
            fn $name() {
                crate::support::run(crate::support::Backend::Postgres, super::$name);
            })+
        }
    };
}
