//! Carries out one run: turn by turn, each request answered before the next turn. Where it is is stored before every
//! request and every rest, so a run that was cut short goes on there and asks again under the same key.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::store::{self as rows, RunRow};
use super::triggers;
use crate::basic::diagnostics::Message;
use crate::basic::request::Level;
use crate::basic::{Effect, Event, Machine, Outcome, ScriptError, Step, Turn, Value, Waiting};
use crate::bot::basic::Loaded;
use crate::bot::host::Host;
use crate::bot::store as bots;
use crate::catalog::BotEntry;
use crate::lang::Lang;
use crate::services::Services;
use crate::store::sql::Json;
use crate::store::{AnyConnection, StoreError, Tx};

/// Requests and rests of one run: more is a loop without end.
const ROUNDS: i64 = 2_000;
/// Rests longer than this end then, so that no number of a script leaves the calendar.
const LONGEST: f64 = 31_536_000.0;

/// Goes on with a run until it is over or rests. Errors: it could not be stored, and goes on later from where it was.
pub async fn carry_out(services: &Services, mut row: RunRow) -> Result<(), StoreError> {
    let configuration = services.catalog.organization(row.organization_id);
    let entry = configuration.and_then(|configuration| configuration.bots.get(&row.bot_id).cloned());
    let (Some(entry), Some(script)) = (entry, script(services, &row).await?) else {
        return finish(services, row, Some(gone())).await;
    };
    let run = Run { services, entry: &entry, script: &script };
    let mut step = match row.machine.take().map(|stored| serde_json::from_value::<Machine>(stored.0)) {
        None => run.begin(&row),
        // Of another version of the program's stored form: it cannot go on.
        Some(Err(_)) => return finish(services, row, Some(gone())).await,
        Some(Ok(machine)) => match machine.waiting().cloned() {
            Some(Waiting::Answer { id, request }) => {
                let result = run.host(&row, id).carry_out(*request).await;
                run.resume(machine, Event::Answer { id, result })
            }
            Some(Waiting::Event { name, .. }) if row.signal.is_some() => {
                let data = row.signal.take().map(|signal| signal.0).unwrap_or_default();
                run.resume(machine, Event::Published { name, data: Value::from_json(data).unwrap_or_default() })
            }
            _ => run.resume(machine, Event::Timer),
        },
    };
    (row.waits_for, row.signal) = (None, None);
    loop {
        run.log(&step.effects);
        let waiting = match step.outcome {
            Outcome::Done(_) => return finish(services, row, None).await,
            Outcome::Failed(error) => return finish(services, row, Some(error)).await,
            Outcome::Waiting(_) if row.rounds >= ROUNDS => {
                let error = ScriptError { line: step.machine.line(), ..too_many_rounds() };
                return finish(services, row, Some(error)).await;
            }
            Outcome::Waiting(waiting) => waiting,
        };
        row.rounds += 1;
        let now = services.clock.now();
        row.machine = Some(Json(serde_json::to_value(&step.machine).map_err(unstorable)?));
        match waiting {
            Waiting::Answer { id, request } => {
                save(services, &row).await?;
                let result = run.host(&row, id).carry_out(*request).await;
                step = run.resume(step.machine, Event::Answer { id, result });
            }
            Waiting::Timer { seconds } => {
                row.due_at = Some(now + span(seconds));
                return rest(services, &row).await;
            }
            Waiting::Event { name, timeout } => {
                row.waits_for = Some(triggers::normal(&name));
                row.due_at = timeout.map(|timeout| now + span(timeout));
                return rest(services, &row).await;
            }
            // Refused by the language: there is no customer.
            Waiting::Hear { .. } => return finish(services, row, Some(ScriptError::no_conversation())).await,
        }
    }
}

struct Run<'a> {
    services: &'a Services,
    entry: &'a BotEntry,
    script: &'a Arc<Loaded>,
}

impl Run<'_> {
    fn host(&self, row: &RunRow, request: u32) -> Host {
        Host::of_run(self.services, row, request)
    }

    fn begin(&self, row: &RunRow) -> Step {
        let mut inputs: Vec<(String, Value)> = Vec::with_capacity(row.input.0.len() + 1);
        inputs.push(("bot".to_owned(), Value::text(&self.entry.bot.name)));
        inputs.extend(
            row.input.0.iter().map(|(name, value)| (name.clone(), Value::from_json(value.clone()).unwrap_or_default())),
        );
        self.with_turn(|turn| Machine::start(&self.script.program, inputs, turn))
    }

    fn resume(&self, machine: Machine, event: Event) -> Step {
        self.with_turn(|turn| machine.resume(&self.script.program, event, turn))
    }

    fn with_turn(&self, run: impl FnOnce(&Turn<'_>) -> Step) -> Step {
        let (now, started) = (self.services.clock.now(), Instant::now());
        let limits = self.services.config.scripts.limits();
        run(&Turn {
            limits: &limits,
            now: now.to_utc().with_timezone(&self.entry.settings.business_hours.timezone).fixed_offset(),
            lang: Lang::from_locale(&self.entry.bot.locale).unwrap_or_default(),
            seed: now.micros().unsigned_abs(),
            session: Value::Null,
            alone: true,
            expired: &|| started.elapsed() > limits.time,
        })
    }

    fn log(&self, effects: &[Effect]) {
        let script = self.script.name.as_str();
        for effect in effects {
            if let Effect::Log { level, text, line } = effect {
                match level {
                    Level::Info => tracing::info!(script, line, "{text}"),
                    Level::Warning => tracing::warn!(script, line, "{text}"),
                    Level::Error => tracing::error!(script, line, "{text}"),
                }
            }
        }
    }
}

/// The version that a run began with: the published one, or from its row.
async fn script(services: &Services, row: &RunRow) -> Result<Option<Arc<Loaded>>, StoreError> {
    let is_own = |script: &&Arc<Loaded>| script.name == row.script && script.version == row.version;
    let configuration = services.catalog.organization(row.organization_id);
    let published = configuration
        .and_then(|configuration| configuration.bots.get(&row.bot_id)?.scripts.iter().find(is_own).cloned());
    if published.is_some() {
        return Ok(published);
    }
    let (organization, bot, name, version) = (row.organization_id, row.bot_id, row.script.clone(), row.version);
    let read = move |db: &mut AnyConnection| Ok(bots::script(db, organization, bot, &name, version)?);
    let stored = services.store.read("script.of_run", read).await?;
    Ok(stored.as_ref().and_then(Loaded::compile).map(Arc::new))
}

async fn save(services: &Services, row: &RunRow) -> Result<(), StoreError> {
    let row = row.clone();
    services.store.write("run.save", move |tx: &mut Tx<'_>| Ok(rows::save(tx.db, &row)?)).await.map(drop)
}

async fn rest(services: &Services, row: &RunRow) -> Result<(), StoreError> {
    save(services, row).await?;
    tracing::info!(bot.id = %row.bot_id, script = row.script, "script rests");
    Ok(())
}

/// Ends a run that cannot be carried out, by no fault of its script.
pub async fn give_up(services: &Services, row: RunRow, reason: &str) -> Result<(), StoreError> {
    tracing::error!(bot.id = %row.bot_id, script = row.script, reason, "run given up");
    let message = Message {
        pt: "o script não pôde continuar por uma falha nossa".to_owned(),
        en: "the script could not go on, by a fault of ours".to_owned(),
    };
    finish(services, row, Some(ScriptError::new("internal", message))).await
}

async fn finish(services: &Services, row: RunRow, error: Option<ScriptError>) -> Result<(), StoreError> {
    let outcome = if error.is_some() { "failed" } else { "done" };
    metrics::counter!("attendance_script_runs_total", "cause" => row.cause.as_str(), "outcome" => outcome).increment(1);
    let (bot, script, now) = (row.bot_id, row.script.clone(), services.clock.now());
    let failed = error.clone();
    let write = move |tx: &mut Tx<'_>| Ok(rows::finish(tx.db, &row, error.as_ref(), now)?);
    services.store.write("run.finish", write).await?;
    match failed {
        Some(ScriptError { line, message, .. }) => {
            tracing::warn!(bot.id = %bot, script, line, cause = message.en, "script failed");
        }
        None => tracing::info!(bot.id = %bot, script, "script done"),
    }
    Ok(())
}

fn span(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, LONGEST))
}

fn unstorable(error: serde_json::Error) -> StoreError {
    StoreError::Internal(error.to_string())
}

fn gone() -> ScriptError {
    let message = Message {
        pt: "a versão do script com que começou não existe mais".to_owned(),
        en: "the version of the script that it began with is gone".to_owned(),
    };
    ScriptError::new("wrong_version", message)
}

fn too_many_rounds() -> ScriptError {
    let message = Message {
        pt: format!("o script fez mais de {ROUNDS} pedidos e pausas; há um laço sem fim?"),
        en: format!("the script made more than {ROUNDS} requests and rests; is there an endless loop?"),
    };
    ScriptError::new("limit_rounds", message)
}
