//! `attendant.csv` into accounts: people found again by the file's id, then by e-mail; queues by name. Each row stands
//! alone: one that cannot be taken is listed with its line, the others are stored.

use serde_json::json;

use crate::api::problem::Problem;
use crate::api::security::Edge;
use crate::attendants::import::{Row, RowError};
use crate::attendants::store::{self as people, Destination, User};
use crate::audit::{Line, store as audit};
use crate::auth::password;
use crate::auth::roles::Role;
use crate::catalog::Configuration;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::queues::routing::Skill;
use crate::queues::store::{self as queues, Member};
use crate::services::Services;
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};
use crate::users::{address, blank, first_channel, store as accounts};

/// What became of one row.
enum Taken {
    Created,
    Updated,
    Refused(String),
}

/// How many accounts were made and changed, and the rows that were not taken.
#[derive(Debug, Default)]
pub struct Imported {
    pub created: usize,
    pub updated: usize,
    pub rejected: Vec<RowError>,
}

/// Stores what a file says. `line` is the audit line of a row, to be completed.
pub async fn attendants(
    services: &Services,
    edge: &Edge,
    configuration: &Configuration,
    rows: Vec<Row>,
    line: impl Fn() -> Line,
) -> Result<Imported, Problem> {
    let mut imported = Imported::default();
    let min = usize::try_from(services.config.security.password_min_chars).unwrap_or(usize::MAX);
    for row in rows {
        let at = row.line;
        let reject = |reason: String| RowError { line: at, reason };
        let mut hash = None;
        if let Some(password) = &row.password {
            if let Err(error) = password::acceptable(password.expose(), min) {
                imported.rejected.push(reject(error.to_string()));
                continue;
            }
            let _turn = edge.hashing.acquire().await.map_err(Problem::internal)?;
            let password = password.clone();
            hash = Some(actix_web::web::block(move || password::hash(password.expose())).await??);
        }
        let known: Vec<(String, QueueId)> =
            configuration.queues.iter().map(|entry| (entry.queue.name.clone(), entry.queue.id)).collect();
        let queue_ids = row.queues.iter().map(|name| {
            let same = |(known, _): &&(String, QueueId)| crate::text::same(known, name);
            known.iter().find(same).map(|(_, id)| *id).ok_or_else(|| format!("unknown queue {name}"))
        });
        let queue_ids = match queue_ids.collect::<Result<Vec<_>, _>>() {
            Ok(ids) => ids,
            Err(reason) => {
                imported.rejected.push(reject(reason));
                continue;
            }
        };
        let mut places = Vec::new();
        for (kind, told) in [
            ("whatsapp", &row.phone),
            ("teams", &row.teams),
            ("google_chat", &row.google),
            ("telegram", &row.telegram),
            ("slack", &row.slack),
        ] {
            if let Some(address) = told.as_deref().and_then(|told| address(kind, told)) {
                places.push((kind, address, first_channel(configuration, kind)));
            }
        }
        let (organization, now, line) = (configuration.organization.id, services.clock.now(), line());
        let taken = services
            .store
            .write("user.import", move |tx| {
                take(tx, organization, &row, hash.as_deref(), &places, &queue_ids, now, &line)
            })
            .await;
        match taken {
            Ok(Taken::Created) => imported.created += 1,
            Ok(Taken::Updated) => imported.updated += 1,
            Ok(Taken::Refused(reason)) => imported.rejected.push(reject(reason)),
            Err(StoreError::Duplicate(what)) => imported.rejected.push(reject(format!("already in use: {what}"))),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(imported)
}

#[expect(clippy::too_many_arguments, reason = "one row's parts, used here once")]
fn take(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    row: &Row,
    hash: Option<&str>,
    places: &[(&'static str, String, Option<ChannelId>)],
    queue_ids: &[QueueId],
    now: Timestamp,
    line: &Line,
) -> Result<Taken, StoreError> {
    let by_id = match &row.external_id {
        Some(id) => accounts::by_external_id(tx.db, organization, id)?,
        None => None,
    };
    let found = match (by_id, &row.email) {
        (Some(user), _) => Some(user),
        (None, Some(email)) => match people::by_email(tx.db, email)? {
            Some(user) if user.organization_id != organization => {
                return Ok(Taken::Refused(format!("e-mail {email} is already in use")));
            }
            found => found,
        },
        (None, None) => None,
    };
    let is_new = found.is_none();
    let before = found.clone();
    let mut user = found.unwrap_or_else(|| blank(organization, &row.name, Role::Attendant, now));
    user.name = row.name.clone();
    user.channels = Json(row.channels.clone());
    let keep = |given: &Option<String>, present: Option<String>| given.clone().or(present);
    user.external_id = keep(&row.external_id, user.external_id);
    user.email = keep(&row.email, user.email);
    user.department = keep(&row.department, user.department);
    if let Some(topics) = &row.preferences {
        let mut preferences = user.preferences.0.as_object().cloned().unwrap_or_default();
        let topics: Vec<&str> = topics.split(';').map(str::trim).filter(|topic| !topic.is_empty()).collect();
        preferences.insert("topics".to_owned(), json!(topics));
        user.preferences = Json(preferences.into());
    }
    if !row.aliases.is_empty() {
        user.aliases = Json(row.aliases.clone());
    }
    if !row.skills.is_empty() {
        let skill = |skill: &crate::attendants::import::Skill| Skill { name: skill.name.clone(), level: skill.level };
        user.skills = Json(row.skills.iter().map(skill).collect());
    }
    if let Some(hash) = hash {
        user.password_hash = Some(hash.to_owned());
    }
    // Without an e-mail they cannot log in: work rings where they are.
    if let (None, Some((kind, ..))) = (&user.email, places.first()) {
        user.default_destination = (*kind).to_owned();
    }
    let names: Vec<String> = user.skills.0.iter().map(|skill| skill.name.clone()).collect();
    accounts::ensure_skills(tx.db, organization, &names, now)?;
    if is_new {
        people::insert(tx.db, &user)?;
    } else if before.as_ref() != Some(&user) {
        user.version += 1;
        user.updated_at = now;
        if people::update(tx.db, &user)? == 0 {
            return Err(StoreError::Stale);
        }
    }
    put_places(tx, &user, places, now)?;
    for queue in queue_ids {
        if !queues::is_member(tx.db, *queue, user.id)? {
            let member = Member {
                organization_id: organization,
                queue_id: *queue,
                user_id: user.id,
                is_active: true,
                max_conversations: 5,
                priority: 0,
                created_at: now,
            };
            queues::put_member(tx.db, &member)?;
        }
    }
    let action = if is_new { "user.create" } else { "user.update" };
    let mut line = line.clone().about(user.id).with(json!({"name": user.name, "import": true}));
    line.action = action.to_owned();
    line.id = RecordId::new();
    audit::record(tx, &line)?;
    Ok(if is_new { Taken::Created } else { Taken::Updated })
}

/// Puts the file's destinations in the place of those of the same kinds.
fn put_places(
    tx: &mut Tx<'_>,
    user: &User,
    places: &[(&'static str, String, Option<ChannelId>)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<Destination> = people::destinations_of_organization(tx.db, user.organization_id)?
        .into_iter()
        .filter(|row| row.user_id == user.id && !places.iter().any(|(kind, ..)| *kind == row.kind))
        .collect();
    rows.extend(places.iter().map(|(kind, address, channel)| Destination {
        id: RecordId::new(),
        organization_id: user.organization_id,
        user_id: user.id,
        kind: (*kind).to_owned(),
        address: address.clone(),
        channel_id: *channel,
        created_at: now,
    }));
    Ok(people::put_destinations(tx.db, user.id, &rows)?)
}
