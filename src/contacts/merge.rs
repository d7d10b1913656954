//! Two contacts that are one person. The winner gets the loser's addresses, sessions, tags and what it lacks itself; the
//! loser stays as a row that points to the winner (`merged_into`). Of their leads the better one stays.
//!
//! A session is one contact's on one channel. Where both have one on the same channel, both stay reachable: the loser
//! keeps that session and the addresses it is written to, so that an answer goes to the number the customer wrote from; the
//! winner's timeline and name cover it.

use std::collections::HashSet;

use super::store::{self as contacts, Contact};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::leads::store as leads;
use crate::store::{StoreError, Tx};

/// What was merged.
#[derive(Debug)]
pub struct Merged {
    pub winner: Contact,
    /// Sessions whose live conversations must read their rows again.
    pub sessions: Vec<SessionId>,
}

/// Fields that may be taken of the loser though the winner has its own; any custom field may too, see [`custom_field`].
pub const FIELDS: [&str; 6] = ["first_name", "last_name", "email", "phone", "tier", "ltv"];

/// The custom field that `custom_fields.plano` names.
pub fn custom_field(name: &str) -> Option<&str> {
    name.strip_prefix("custom_fields.")
}

/// Merges `loser` into `winner`, which takes the fields named of the loser. None: one of them does not exist, or was merged
/// away before.
pub fn merge(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    winner: ContactId,
    loser: ContactId,
    take: &[String],
    now: Timestamp,
) -> Result<Option<Merged>, StoreError> {
    let living = |found: Option<Contact>| found.filter(|contact| contact.merged_into.is_none());
    let Some(mut winner) = living(contacts::find(tx.db, organization, winner)?) else { return Ok(None) };
    let Some(mut loser) = living(contacts::find(tx.db, organization, loser)?) else { return Ok(None) };
    let ours: HashSet<ChannelId> =
        contacts::sessions_of(tx.db, organization, &[winner.id])?.iter().map(|session| session.channel_id).collect();
    let mut kept = HashSet::new();
    let mut touched = Vec::new();
    for session in contacts::sessions_of(tx.db, organization, &[loser.id])? {
        touched.push(session.id);
        if ours.contains(&session.channel_id) {
            kept.extend(session.addresses.0.iter().map(|address| (address.kind.clone(), address.value.clone())));
        } else {
            contacts::move_session(tx.db, session.id, winner.id, now)?;
        }
    }
    for identity in contacts::identities(tx.db, loser.id)? {
        if !kept.contains(&(identity.kind, identity.value)) {
            contacts::move_identity(tx.db, identity.id, winner.id)?;
        }
    }
    contacts::move_visitors(tx.db, loser.id, winner.id)?;
    leads::merge(tx, organization, winner.id, loser.id, now)?;
    // Those merged into the loser before now lead to the winner in one step.
    contacts::follow(tx.db, organization, loser.id, winner.id)?;
    join(&mut winner, &loser, take);
    winner.version += 1;
    winner.updated_at = now;
    loser.merged_into = Some(winner.id);
    loser.version += 1;
    loser.updated_at = now;
    if contacts::update(tx.db, &winner)? == 0 || contacts::update(tx.db, &loser)? == 0 {
        return Err(StoreError::Stale);
    }
    touched.extend(contacts::sessions_of(tx.db, organization, &[winner.id])?.iter().map(|session| session.id));
    touched.sort();
    touched.dedup();
    Ok(Some(Merged { winner, sessions: touched }))
}

/// What the winner knows of the person afterwards: what is taken of the loser, then its own values.
fn join(winner: &mut Contact, loser: &Contact, take: &[String]) {
    for name in take {
        match name.as_str() {
            "first_name" if !loser.first_name.is_empty() => winner.first_name.clone_from(&loser.first_name),
            "last_name" => winner.last_name.clone_from(&loser.last_name),
            "email" => winner.email.clone_from(&loser.email),
            "phone" => winner.phone.clone_from(&loser.phone),
            "tier" => winner.tier.clone_from(&loser.tier),
            "ltv" => winner.ltv.clone_from(&loser.ltv),
            name => {
                if let Some((name, value)) =
                    custom_field(name).and_then(|name| loser.custom_fields.0.get_key_value(name))
                {
                    winner.custom_fields.0.insert(name.clone(), value.clone());
                }
            }
        }
    }
    let fill = |ours: &mut Option<String>, theirs: &Option<String>| {
        if ours.is_none() {
            ours.clone_from(theirs);
        }
    };
    fill(&mut winner.email, &loser.email);
    fill(&mut winner.phone, &loser.phone);
    fill(&mut winner.tier, &loser.tier);
    fill(&mut winner.ltv, &loser.ltv);
    if winner.last_name.is_empty() && winner.first_name == loser.first_name {
        winner.last_name.clone_from(&loser.last_name);
    }
    for tag in &loser.tags.0 {
        if !winner.tags.0.contains(tag) {
            winner.tags.0.push(tag.clone());
        }
    }
    for (name, value) in &loser.custom_fields.0 {
        winner.custom_fields.0.entry(name.clone()).or_insert_with(|| value.clone());
    }
    // Who asked not to be written to said so as this person.
    winner.opted_out_at = winner.opted_out_at.or(loser.opted_out_at);
    winner.created_at = winner.created_at.min(loser.created_at);
    winner.index();
}
