//! What happens in the product, read from the event stream for the scripts that listen to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::store as rows;
use super::{Cause, Signal, triggers};
use crate::basic::ScriptError;
use crate::basic::diagnostics::Message;
use crate::bot::basic::Loaded;
use crate::bot::host::{contact_shown, lead_shown};
use crate::catalog::{BotEntry, Configuration};
use crate::clock::Timestamp;
use crate::contacts::store as contacts;
use crate::ids::*;
use crate::leads::store as leads;
use crate::services::Services;
use crate::store::{AnyConnection, StoreError, Tx, events};

/// Events looked at in one go.
const PAGE: i64 = 200;
/// A script that the same conversation, contact or attendant has begun this often within a minute has set itself off.
const OFTEN: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// How often something has begun a script lately.
pub type Often = HashMap<(BotId, String, String), (Timestamp, u32)>;

/// Whether an organization's stream is read from now on. `clean`: a cursor that nobody needs is left from before.
pub async fn agree(services: &Services, configuration: &Configuration, clean: bool) -> Result<bool, StoreError> {
    let organization = configuration.organization.id;
    let mut scripts = configuration.bots.values().flat_map(|entry| &entry.scripts);
    let follows = scripts.any(|script| triggers::follows_the_stream(&script.program.header));
    let read = move |db: &mut AnyConnection| Ok(rows::cursor(db, organization)?.is_some());
    let listens = services.store.read("runs.cursor", read).await?;
    if follows && !listens {
        services.store.write("runs.listen", move |tx| Ok(rows::listen(tx.db, organization)?)).await?;
    }
    if !follows && listens && clean {
        services.store.write("runs.listen_no_more", move |tx| Ok(rows::stop_listening(tx.db, organization)?)).await?;
    }
    Ok(follows)
}

/// Begins what listens to the next events of an organization; whether there may be more.
pub async fn read_on(
    services: &Services,
    configuration: &Configuration,
    often: &mut Often,
) -> Result<bool, StoreError> {
    let (organization, now) = (configuration.organization.id, services.clock.now());
    let read = move |db: &mut AnyConnection| {
        let Some(from) = rows::cursor(db, organization)? else { return Ok(None) };
        let newest = events::last_seq(db, organization)?;
        let found = events::of_kinds(db, organization, (from, newest), triggers::KINDS, PAGE)?;
        let mut signals: Vec<(Option<BotId>, Signal)> = Vec::new();
        for (_, kind, body) in &found {
            let bot = body.0["bot_id"].as_str().and_then(|id| id.parse().ok());
            for signal in triggers::signals(kind, &body.0) {
                signals.push((bot, with_contact(db, organization, kind, signal)?));
            }
        }
        let more = i64::try_from(found.len()).is_ok_and(|found| found == PAGE);
        let to = if more { found.last().map_or(newest, |(seq, ..)| *seq) } else { newest };
        Ok((from != newest).then_some((from, to, signals, more)))
    };
    let Some((from, to, signals, more)) = services.store.read("events.of_kinds", read).await? else {
        return Ok(false);
    };
    let mut begun: Vec<(Arc<BotEntry>, Signal)> = Vec::new();
    let mut refused: Vec<(Arc<BotEntry>, Arc<Loaded>, ScriptError)> = Vec::new();
    often.retain(|_, (since, _)| now.since(*since) < WINDOW);
    for (bot, signal) in signals {
        let entries = configuration.bots.values().filter(|entry| bot.is_none_or(|bot| entry.bot.id == bot));
        for entry in entries {
            let listens = |script: &&Arc<Loaded>| triggers::listens(&script.program.header, &signal);
            let Some(script) = entry.scripts.iter().find(listens) else { continue };
            match once_more(often, entry.bot.id, &signal, now) {
                count if count > OFTEN + 1 => {}
                count if count > OFTEN => refused.push((entry.clone(), script.clone(), too_often(&signal.name))),
                _ => begun.push((entry.clone(), signal.clone())),
            }
        }
    }
    let told: Vec<(BotId, String, String)> = refused
        .iter()
        .map(|(entry, script, error)| (entry.bot.id, script.name.clone(), error.message.en.clone()))
        .collect();
    let write = move |tx: &mut Tx<'_>| {
        if rows::advance(tx.db, organization, from, to)? == 0 {
            return Ok(());
        }
        for (entry, signal) in &begun {
            rows::begin(tx, entry, signal, now)?;
        }
        for (entry, script, error) in &refused {
            rows::refuse(tx.db, entry, script, error.clone(), now)?;
        }
        Ok(())
    };
    services.store.write("runs.begin", write).await?;
    for (bot, script, cause) in told {
        tracing::warn!(bot.id = %bot, script, cause, "script not begun");
    }
    Ok(more)
}

/// An event about a contact or a lead names it only; scripts are given all of it.
fn with_contact(
    db: &mut AnyConnection,
    organization: OrganizationId,
    kind: &str,
    signal: Signal,
) -> Result<Signal, StoreError> {
    let Some(id) = signal.subject.as_deref().and_then(|id| id.parse::<ContactId>().ok()) else { return Ok(signal) };
    let shown = match kind {
        "contact_updated" => contacts::find(db, organization, id)?.as_ref().map(contact_shown),
        "lead_updated" => match leads::of_contact(db, organization, id)? {
            Some(lead) => contacts::find(db, organization, id)?.map(|contact| lead_shown(&lead, &contact.traits())),
            None => None,
        },
        _ => None,
    };
    let Some(shown) = shown else { return Ok(signal) };
    Ok(Signal::new(Cause::Event, &signal.name, &shown)
        .with("contact_id", json!(id))
        .about(signal.subject)
        .after(signal.depth))
}

/// Counts what a conversation, contact or attendant begins; how often it has within the window.
fn once_more(often: &mut Often, bot: BotId, signal: &Signal, now: Timestamp) -> u32 {
    let subject = signal.subject.clone().unwrap_or_default();
    let (_, count) = often.entry((bot, signal.name.clone(), subject)).or_insert((now, 0));
    *count += 1;
    *count
}

fn too_often(name: &str) -> ScriptError {
    let message = Message {
        pt: format!(
            "\"{name}\" aconteceu mais de {OFTEN} vezes em um minuto na mesma conversa; o script se chama a si mesmo?"
        ),
        en: format!(
            "\"{name}\" happened more than {OFTEN} times within a minute in one conversation; does the script set itself off?"
        ),
    };
    ScriptError::new("limit_often", message)
}
