//! What every scenario needs: a server of its own, a provider's cloud, people.

pub mod api;
pub mod document;
pub mod floor;
pub mod graph;
pub mod postgres;
pub mod proxy;
pub mod server;
pub mod socket;
pub mod world;

use std::time::Duration;

/// Longer than anything takes: a scenario that waits this long for an event has failed.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// Asks again until the answer is there: for what no event tells.
#[track_caller]
pub fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> impl Future<Output = T> {
    let at = std::panic::Location::caller();
    async move {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            assert!(tokio::time::Instant::now() < deadline, "{at}: never happened: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
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
