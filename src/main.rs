//! The command line: starts the server, or one of its tools.

use std::io::IsTerminal;
use std::path::PathBuf;

use anyhow::{Context, Result};
use attendance::config::{Config, LogFormat};
use attendance::ops;
use clap::{Parser, Subcommand};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A realtime contact-center server.
#[derive(Parser)]
#[command(name = "attendance", version, about)]
struct Arguments {
    /// Configuration file; config/attendance.toml when it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server (the default).
    Serve,
    /// Open a living contact center to try, without internet.
    Demo(ops::demo::Options),
    /// Bring the database's schema up to date and say what was done.
    Migrate,
    /// Accounts: add, password, list.
    #[command(subcommand)]
    User(ops::tools::UserCommand),
    /// Organizations: add, list.
    #[command(subcommand)]
    Org(ops::tools::OrganizationCommand),
    /// Bots: check scripts, test dialogues, chat.
    #[command(subcommand)]
    Bot(ops::bots::BotCommand),
    /// Send a config.csv, an attendant.csv or the folder of a bot to a running server.
    Import(ops::import::ImportOptions),
    /// Look at everything an installation needs.
    Doctor,
    /// Put a running server under load and measure it.
    Load(ops::load::Options),
    /// Print the OpenAPI document.
    Openapi,
}

fn main() -> std::process::ExitCode {
    // Many small allocations from few threads: more arenas only cost memory. Large ones (a password's hash takes 19 MiB)
    // go back to the system when they are freed, instead of teaching the allocator to keep them.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: called before any other thread exists; only sets tunables of the allocator.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20);
    }
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("attendance: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let mut config = Config::load(arguments.config.as_deref(), std::env::vars())?;
    // Who opens the demo, or tries a bot, reads what it prints, not how the server is doing.
    if matches!(arguments.command, Some(Command::Demo(_) | Command::Bot(_)))
        && config.log == attendance::config::Log::default()
    {
        config.log.filter = "warn".to_owned();
    }
    log(&config)?;
    attendance::channels::http::install_crypto();
    let system = actix::System::new();
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => system.block_on(ops::serve::serve(config)),
        Command::Demo(options) => system.block_on(ops::demo::main(config, options)),
        Command::Migrate => ops::tools::migrate(&config),
        Command::User(command) => system.block_on(ops::tools::user(config, command)),
        Command::Org(command) => system.block_on(ops::tools::organizations(config, command)),
        Command::Bot(command) => system.block_on(ops::bots::main(config, command)),
        Command::Import(options) => system.block_on(ops::import::main(options)),
        Command::Doctor => system.block_on(ops::tools::doctor(config)),
        Command::Load(options) => system.block_on(ops::load::main(options)),
        Command::Openapi => {
            println!("{}", attendance::api::openapi::whole().to_pretty_json()?);
            Ok(())
        }
    }
}

/// Logs to standard error: pretty on a terminal, JSON elsewhere. `RUST_LOG` wins over the file.
fn log(config: &Config) -> Result<()> {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone());
    let filter: Targets =
        filter.parse().with_context(|| format!("log filter {filter:?}: expected target=level,..."))?;
    let pretty = match config.log.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    if pretty {
        registry.with(lines).init()
    } else {
        registry.with(lines.json().flatten_event(true)).init()
    }
    Ok(())
}
