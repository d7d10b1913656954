//! The command line's tools for who writes bots: `check` reads scripts, `test` plays dialogues, `chat` is a conversation
//! in the terminal. They need files and nothing else; only the chat with a stored bot opens the database.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::boot;
use crate::basic::program::Table;
use crate::basic::{Limits, Severity};
use crate::bot::basic::Loaded;
use crate::bot::check::{Checked, check};
use crate::bot::dialogue::{self, Dialogue, Failure, What};
use crate::bot::stage::{Cast, Seen, Stage};
use crate::bot::store::EngineName;
use crate::bot::world::World;
use crate::bot::{self, Said};
use crate::catalog;
use crate::channels::adapter::Kind;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::lang::Lang;
use crate::settings::{self, Settings};
use crate::store::Database;

/// Scripts, as files.
const SCRIPT: &str = "bas";
/// A folder in a folder, at most.
pub(super) const DEPTH: usize = 8;

/// Tools for who writes bots.
#[derive(Debug, clap::Subcommand)]
pub enum BotCommand {
    /// Read scripts and show every mistake with its line.
    Check {
        /// Scripts (.bas), or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        told: Told,
    },
    /// Play dialogues with bots and show where they differ (docs/bot-tests.md).
    Test {
        /// Dialogues (.dialog), or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        told: Told,
    },
    /// Talk to a bot here; nothing of it is stored or sent.
    Chat {
        /// A folder with start.bas, a script, or the name of a bot in the database.
        bot: String,
        #[command(flatten)]
        told: Told,
    },
}

/// In which language.
#[derive(Debug, clap::Args)]
pub struct Told {
    /// pt-BR or en; the terminal's without.
    #[arg(long, value_parser = language)]
    lang: Option<Lang>,
}

fn language(text: &str) -> Result<Lang, String> {
    Lang::from_locale(text).ok_or_else(|| "pt-BR or en".to_owned())
}

impl Told {
    pub fn lang(&self) -> Lang {
        let terminal = || std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).ok();
        self.lang.or_else(|| Lang::from_locale(&terminal()?)).unwrap_or_default()
    }
}

pub async fn main(config: Config, command: BotCommand) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let limits = config.scripts.limits();
    match command {
        BotCommand::Check { paths, told } => check_all(&paths, told.lang(), &mut out),
        BotCommand::Test { paths, told } => test_all(&paths, limits, told.lang(), &mut out),
        BotCommand::Chat { bot, told } => {
            let path = Path::new(&bot);
            let (cast, world) = if path.exists() {
                let script = if path.is_dir() { start_of(path)? } else { path.to_owned() };
                let home = Home::of(&script, limits, told.lang())?;
                for remark in &home.remarks {
                    writeln!(out, "{remark}")?;
                }
                (home.cast(&script, told.lang())?, home.world())
            } else {
                stored(config, &bot).await?
            };
            chat(&cast, world, &Clock::system(), told.lang(), std::io::stdin().lock(), &mut out)
        }
    }
}

/// Reads all scripts and tells everything about each. An error when one has errors.
fn check_all(paths: &[PathBuf], lang: Lang, out: &mut dyn Write) -> Result<()> {
    let (mut errors, mut warnings) = (0, 0);
    let files = files(paths, SCRIPT)?;
    for file in &files {
        let checked = check(&read(file)?);
        for told in checked.render(&file.display().to_string(), lang) {
            writeln!(out, "{told}\n")?;
        }
        errors += checked.count(Severity::Error);
        warnings += checked.count(Severity::Warning);
    }
    let scripts = files.len();
    let sum = match lang {
        Lang::Pt => format!("{scripts} scripts, {errors} erros, {warnings} avisos"),
        Lang::En => format!("{scripts} scripts, {errors} errors, {warnings} warnings"),
    };
    writeln!(out, "{sum}")?;
    ensure!(errors == 0, "{}", lang.pick("há erros", "there are errors"));
    Ok(())
}

/// Plays all dialogues and tells where each left the script. An error when one did.
fn test_all(paths: &[PathBuf], limits: Limits, lang: Lang, out: &mut dyn Write) -> Result<()> {
    let (mut played, mut failed) = (0, 0);
    let mut homes: HashMap<PathBuf, Home> = HashMap::new();
    for file in files(paths, dialogue::EXTENSION)? {
        let shown = file.display();
        let dialogues = match dialogue::parse(&read(&file)?) {
            Ok(dialogues) => dialogues,
            Err(mistakes) => {
                for mistake in mistakes {
                    writeln!(out, "{shown}:{}: {}", mistake.line, mistake.message.get(lang))?;
                }
                failed += 1;
                continue;
            }
        };
        let mut casts: HashMap<PathBuf, Result<Cast>> = HashMap::new();
        let (mut fine, all) = (0, dialogues.len());
        for one in &dialogues {
            played += 1;
            let outcome = script_of(&file, one).and_then(|script| {
                let folder = folder_of(&script);
                let home = match homes.entry(folder) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(new) => {
                        let home = Home::of(&script, limits, lang)?;
                        for remark in &home.remarks {
                            writeln!(out, "{remark}")?;
                        }
                        new.insert(home)
                    }
                };
                // Each script is compiled once a file, and complained of once.
                let cast = casts.entry(script.clone()).or_insert_with(|| home.cast(&script, lang));
                match cast {
                    Ok(cast) => Ok(dialogue::play(cast, home.world(), one)),
                    Err(error) => bail!("{error}"),
                }
            });
            match outcome {
                Ok(Ok(())) => fine += 1,
                Ok(Err(failure)) => write!(out, "{}", report(&file, one, &failure, lang))?,
                Err(error) => writeln!(out, "{shown}:{}: {}\n{error:#}", one.line, one.title)?,
            }
        }
        failed += all - fine;
        if fine == all {
            writeln!(out, "ok {shown} ({all})")?;
        }
    }
    let sum = match lang {
        Lang::Pt => format!("{played} diálogos, {failed} falharam"),
        Lang::En => format!("{played} dialogues, {failed} failed"),
    };
    writeln!(out, "{sum}")?;
    ensure!(failed == 0, "{}", lang.pick("há diálogos que falharam", "there are dialogues that failed"));
    Ok(())
}

/// Where a dialogue and its bot parted: what was expected, what came, and how it got there.
fn report(file: &Path, dialogue: &Dialogue, failure: &Failure, lang: Lang) -> String {
    let indent = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let mut told = format!("{}:{}: {}\n", file.display(), failure.line, dialogue.title);
    let expected = dialogue
        .lines
        .iter()
        .find(|line| line.number == failure.line)
        .filter(|line| matches!(line.what, What::Expected(_)));
    told.push_str(&match expected {
        Some(line) => format!("  {} {}\n", lang.pick("esperava:", "expected:"), line.text),
        None => format!("  {}\n", lang.pick("não esperava mais nada do bot", "nothing more was expected of the bot")),
    });
    told.push_str(&indent(failure.why.get(lang)));
    if !failure.before.is_empty() {
        told.push_str(&format!("  {}\n", lang.pick("antes disso:", "before that:")));
        told.push_str(&indent(&failure.before.join("\n")));
    }
    told
}

/// The files of that kind: those named, and those in the folders named.
///
/// Errors: one is not there; there are none.
fn files(paths: &[PathBuf], extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, extension, DEPTH, &mut found)?;
        } else {
            ensure!(path.is_file(), "{} is not there", path.display());
            found.push(path.clone());
        }
    }
    ensure!(!found.is_empty(), "no .{extension} in what was named");
    Ok(found)
}

fn walk(folder: &Path, extension: &str, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if depth > 0 {
                walk(&path, extension, depth - 1, found)?;
            }
        } else if has_extension(&path, extension) {
            found.push(path);
        }
    }
    Ok(())
}

pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

pub(super) fn read(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{} is not UTF-8", file.display()))
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn start_of(folder: &Path) -> Result<PathBuf> {
    let start = folder.join("start.bas");
    ensure!(start.is_file(), "there is no start.bas in {}", folder.display());
    Ok(start)
}

/// The script a dialogue is about: the one it names, that of its own name, or start.bas.
fn script_of(file: &Path, dialogue: &Dialogue) -> Result<PathBuf> {
    let folder = folder_of(file);
    if let Some(name) = &dialogue.script {
        let script = folder.join(name).with_extension(SCRIPT);
        ensure!(script.is_file(), "{} is not there", script.display());
        return Ok(script);
    }
    let own = file.with_extension(SCRIPT);
    if own.is_file() { Ok(own) } else { start_of(&folder) }
}

/// The folder of a bot: its settings, and the tables that its scripts share.
struct Home {
    limits: Limits,
    settings: Settings,
    tables: Vec<Table>,
    /// What of its settings was not understood.
    remarks: Vec<String>,
}

impl Home {
    fn of(script: &Path, limits: Limits, lang: Lang) -> Result<Self> {
        let folder = folder_of(script);
        // General Bots keeps it beside the folder of scripts.
        let above = folder.parent().filter(|_| has_extension(&folder, "gbdialog"));
        let csv = above.unwrap_or(&folder).join("config.csv");
        let mut home = Home { limits, settings: Settings::default(), tables: Vec::new(), remarks: Vec::new() };
        if csv.is_file() {
            let parsed = settings::csv::parse_csv(&read(&csv)?);
            let wrong = |row: settings::csv::RowError| {
                format!("{}:{}: {}: {}", csv.display(), row.line, row.name, row.reason.get(lang))
            };
            home.remarks = parsed.rejected.into_iter().map(wrong).collect();
            home.settings = Settings::new(&parsed.accepted.into_iter().collect());
        }
        for file in files(std::slice::from_ref(&folder), SCRIPT)? {
            if let Some(program) = check(&read(&file)?).program {
                home.tables.extend(program.header.tables);
            }
        }
        Ok(home)
    }

    fn world(&self) -> World {
        World::with(self.tables.clone())
    }

    /// Errors: all that is wrong with the script.
    fn cast(&self, script: &Path, lang: Lang) -> Result<Cast> {
        let checked: Checked = check(&read(script)?);
        let told = checked.render(&script.display().to_string(), lang);
        let program = checked.program.with_context(|| told.join("\n\n"))?;
        let name = script.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        cast(Some(Arc::new(Loaded { name, version: 1, program })), &self.settings, self.limits, Lang::default())
    }
}

fn cast(start: Option<Arc<Loaded>>, settings: &Settings, limits: Limits, lang: Lang) -> Result<Cast> {
    let script = start.map(|start| catalog::script(start, settings, limits));
    let engine = bot::engine(EngineName::Basic, catalog::replies(settings), lang, script);
    Ok(Cast {
        engine: engine.context("the bot is switched off")?,
        escalation: catalog::escalation(settings),
        lang,
        zone: settings.business_hours.timezone,
        limits,
    })
}

/// A bot of the database, as it is published.
async fn stored(config: Config, name: &str) -> Result<(Cast, World)> {
    let known = match config.database().context("database.url names neither PostgreSQL nor a file")? {
        Database::Sqlite(path) => Path::new(&path).is_file(),
        Database::Postgres(_) => true,
    };
    ensure!(known, "there is no folder {name}, and no database with a bot of that name");
    let (public_url, limits) = (config.public_url(config.server.bind), config.scripts.limits());
    let services = boot::services(config, Clock::system(), public_url).await?;
    let organizations = services.catalog.organizations();
    let bots = organizations.iter().flat_map(|organization| organization.bots.values());
    let found = bots.into_iter().find(|entry| crate::text::same(&entry.bot.name, name));
    let entry = found.with_context(|| format!("there is neither a folder nor a bot named {name}"))?;
    let program = entry.engine.as_ref().and_then(|engine| engine.program().cloned());
    let tables = program.iter().flat_map(|loaded| loaded.program.header.tables.clone()).collect();
    let cast = cast(program, &entry.settings, limits, Lang::from_locale(&entry.bot.locale).unwrap_or_default())?;
    services.store.stop(Duration::from_secs(5));
    Ok((cast, World::with(tables)))
}

/// A conversation: lines in, what the bot does out, until the end or `:quit`.
fn chat(cast: &Cast, world: World, clock: &Clock, lang: Lang, input: impl BufRead, out: &mut dyn Write) -> Result<()> {
    let help = lang.pick(
        "escreva como o cliente; :vars variáveis, :line onde o script está, :later 2 hours o tempo passa, :resolved a \
         pessoa devolve a conversa, :again recomeça, :quit sai",
        "write as the customer; :vars variables, :line where the script is, :later 2 hours time passes, :resolved the \
         person gives the conversation back, :again starts over, :quit leaves",
    );
    writeln!(out, "{help}")?;
    let mut stage = Stage::new(cast, world.clone(), clock.now());
    let mut ahead = Duration::ZERO;
    show(&stage.open(), lang, out)?;
    for line in input.lines() {
        let line = line.context("cannot read what was written")?;
        let now: Timestamp = clock.now() + ahead;
        let seen = match line.trim() {
            "" => continue,
            ":quit" | ":q" => break,
            ":help" => {
                writeln!(out, "{help}")?;
                continue;
            }
            ":again" => {
                (stage, ahead) = (Stage::new(cast, world.clone(), clock.now()), Duration::ZERO);
                stage.open()
            }
            ":vars" | ":line" => {
                inspect(&stage, line.trim() == ":vars", lang, out)?;
                continue;
            }
            ":resolved" => stage.resolved(),
            other => match other.strip_prefix(":later ").map(|span| dialogue::later(span.trim())) {
                Some(Ok(span)) => {
                    ahead += span;
                    stage.passes(span)
                }
                Some(Err(wrong)) => {
                    writeln!(out, "{}", wrong.get(lang))?;
                    continue;
                }
                None if other.starts_with(':') => {
                    writeln!(out, "{help}")?;
                    continue;
                }
                None if stage.is_alone() => {
                    let told = lang.pick(
                        "este script roda sozinho, não há conversa; :again o começa de novo",
                        "this script runs by itself, there is no conversation; :again begins it anew",
                    );
                    writeln!(out, "{told}")?;
                    continue;
                }
                None if stage.with_person() => {
                    let told = lang.pick(
                        "uma pessoa está com a conversa; :resolved a devolve ao bot",
                        "a person has the conversation; :resolved gives it back to the bot",
                    );
                    writeln!(out, "{told}")?;
                    continue;
                }
                None => {
                    let mut seen = stage.passes(now.since(stage.now));
                    seen.extend(stage.hears(Said { kind: Kind::Text, ..Said::text(other) }));
                    seen
                }
            },
        };
        show(&seen, lang, out)?;
    }
    Ok(())
}

/// What happened, for who talks.
fn show(seen: &[Seen], lang: Lang, out: &mut dyn Write) -> Result<()> {
    for one in seen {
        match one {
            Seen::Said { text, buttons } => {
                writeln!(out, "  {}", text.replace('\n', "\n  "))?;
                if !buttons.is_empty() {
                    let numbered = (1..).zip(buttons).map(|(number, label)| format!("[{number} {label}]"));
                    writeln!(out, "  {}", numbered.collect::<Vec<_>>().join(" "))?;
                }
            }
            Seen::Asked { answer, .. } => {
                let answer = match answer {
                    Ok(value) => value.to_json().to_string(),
                    Err(error) => format!("!{} ({})", error.code, error.message.get(lang)),
                };
                writeln!(out, "  ({one} -> {answer})")?;
            }
            Seen::Broke(fault) => {
                let (script, line, told) = (&fault.script, fault.error.line, fault.error.message.get(lang));
                writeln!(out, "  (!{} {script}.bas:{line}: {told})", fault.error.code)?;
            }
            Seen::Sent { .. } => writeln!(out, "  {}", one.to_string().trim_start_matches("< "))?,
            Seen::Handed { .. } | Seen::Failed | Seen::Reacted(_) => writeln!(out, "  ({one})")?,
        }
    }
    out.flush()?;
    Ok(())
}

/// Where the script is, or what it knows.
fn inspect(stage: &Stage, variables: bool, lang: Lang, out: &mut dyn Write) -> Result<()> {
    match stage.script() {
        None => writeln!(out, "{}", lang.pick("o script não está rodando", "the script is not running"))?,
        Some(position) if variables => {
            for (name, value) in position.variables {
                writeln!(out, "  {name} = {value}")?;
            }
        }
        Some(position) => writeln!(out, "  {} {}", lang.pick("linha", "line"), position.line)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/bots");

    fn told(run: impl FnOnce(&mut dyn Write) -> Result<()>) -> (bool, String) {
        let mut out = Vec::new();
        let outcome = run(&mut out);
        (outcome.is_ok(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_sample_bots_have_no_mistakes_and_keep_to_their_dialogues() {
        let paths = [PathBuf::from(BOTS)];
        let (fine, checked) = told(|out| check_all(&paths, Lang::Pt, out));
        assert!(fine && checked.contains("0 erros, 0 avisos"), "{checked}");
        let (fine, tested) = told(|out| test_all(&paths, Limits::default(), Lang::Pt, out));
        assert!(fine, "{tested}");
        for entry in std::fs::read_dir(BOTS).unwrap() {
            let folder = entry.unwrap().path();
            let dialogues = files(std::slice::from_ref(&folder), dialogue::EXTENSION).unwrap();
            let all: usize = dialogues.iter().map(|file| dialogue::parse(&read(file).unwrap()).unwrap().len()).sum();
            assert!(all >= 3, "{} has {all} dialogues", folder.display());
        }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn every_mistake_of_every_script_is_shown_at_its_place() {
        let folder = folder(&[("a.bas", "TALKK \"a\"\nIF x THEN"), ("b/c.bas", "TALK LLM \"oi\""), ("d.txt", "?")]);
        let (fine, shown) = told(|out| check_all(&[folder.path().to_owned()], Lang::En, out));
        let path = folder.path().display();
        assert!(!fine);
        for part in [
            format!("{path}/a.bas:1:1: error: I do not know the statement"),
            "(did you mean TALK?)\n    TALKK \"a\"\n    ^\n".to_owned(),
            format!("{path}/a.bas:2:1: error: END IF is missing"),
            format!("{path}/b/c.bas:1:1: warning: LLM is not available yet"),
            "2 scripts, 2 errors, 1 warnings".to_owned(),
        ] {
            assert!(shown.contains(&part), "{part} is not in\n{shown}");
        }
        assert!(check_all(&[folder.path().join("none.bas")], Lang::En, &mut Vec::new()).is_err());
        std::fs::write(folder.path().join("e.bas"), b"TALK \"\xe9\"").unwrap();
        let wrong = check_all(&[folder.path().join("e.bas")], Lang::En, &mut Vec::new()).unwrap_err();
        assert!(wrong.to_string().contains("is not UTF-8"), "{wrong}");
    }

    #[test]
    fn a_failed_dialogue_shows_what_was_expected_what_came_and_how_it_got_there() {
        let folder = folder(&[
            ("start.bas", "TALK \"Nome?\"\nHEAR n\nTALK \"Oi, \" + n"),
            ("outro.bas", "TALK \"outro\""),
            ("certo.dialog", "> oi\n< Nome?\n== Outro\nscript outro\n< outro\n"),
            ("errado.dialog", "== Saudação\n> oi\n< Nome?\n> Ana\n< Olá, Ana\n== Sem script\nscript nada\n< x\n"),
            ("torto.dialog", "> oi\nhmm\n"),
            ("config.csv", "name,value\nbot-greting,x\n"),
        ]);
        let (fine, shown) = told(|out| test_all(&[folder.path().to_owned()], Limits::default(), Lang::Pt, out));
        let path = folder.path().display();
        assert!(!fine);
        for part in [
            format!("ok {path}/certo.dialog (2)"),
            format!(
                "{path}/errado.dialog:5: Saudação\n  esperava: < Olá, Ana\n    veio:\n    < Oi, Ana\n  antes disso:\n    > oi\n    < Nome?\n    > Ana\n"
            ),
            format!("{path}/nada.bas is not there"),
            format!("{path}/torto.dialog:2: não conheço \"hmm\""),
            format!("{path}/config.csv:2: bot-greting: nome desconhecido"),
            "4 diálogos, 3 falharam".to_owned(),
        ] {
            assert!(shown.contains(&part), "{part} is not in\n{shown}");
        }
    }

    #[test]
    fn a_chat_shows_what_the_bot_says_does_and_knows() {
        let folder = folder(&[(
            "start.bas",
            "TABLE visitas\nnome AS TEXT\nEND TABLE\nTALK \"O que deseja?\"\nHEAR o AS \"Pedido\", \"Pessoa\"\n\
             CREATE \"visitas\", {nome: o}\nWAIT 3600\nTALK \"Ainda aí?\"\nTRANSFER TO HUMAN \"Suporte\"",
        )]);
        let script = start_of(folder.path()).unwrap();
        let home = Home::of(&script, Limits::default(), Lang::Pt).unwrap();
        let cast = home.cast(&script, Lang::Pt).unwrap();
        let input = ":line\n1\n:vars\n:dance\n:later 1 hour\noi\n:later 1 moon\n:again\n:quit\nnever read\n";
        let clock = Clock::manual(Timestamp::from_secs(1_768_500_000));
        let (fine, shown) = told(|out| chat(&cast, home.world(), &clock, Lang::Pt, input.as_bytes(), out));
        assert!(fine);
        let lines: Vec<&str> = shown.lines().filter(|line| !line.starts_with("escreva")).collect();
        assert_eq!(
            lines,
            [
                "  O que deseja?",
                "  [1 Pedido] [2 Pessoa]",
                "  linha 5",
                "  (does CREATE visitas {\"nome\":\"Pedido\"} -> {\"id\":\"visitas-1\",\"nome\":\"Pedido\"})",
                "  o = \"Pedido\"",
                "  Ainda aí?",
                "  (transfer Suporte, -, o bot pediu uma pessoa)",
                "uma pessoa está com a conversa; :resolved a devolve ao bot",
                "1 moon não é um tempo como 2 hours",
                "  O que deseja?",
                "  [1 Pedido] [2 Pessoa]",
            ]
        );
    }
}
