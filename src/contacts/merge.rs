//! Two contacts that are one person. The winner gets the loser's addresses, sessions, tags and what it lacks itself; the
//! loser stays as a row that points to the winner (`merged_into`).
//!
//! A session is one contact's on one channel. Where both have one on the same channel, both stay reachable: the loser
//! keeps that session and the addresses it is written to, so that an answer goes to the number the customer wrote from; the
//! winner's timeline and name cover it.

use std::collections::HashSet;

use super::store::{self as contacts, Contact};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::{StoreError, Tx};

/// What was merged.
#[derive(Debug)]
pub struct Merged {
    pub winner: Contact,
    /// Sessions whose live conversations must read their rows again.
    pub sessions: Vec<SessionId>,
}

/// Merges `loser` into `winner`. None: one of them does not exist, or was merged away before.
pub fn merge(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    winner: ContactId,
    loser: ContactId,
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
    // Those merged into the loser before now lead to the winner in one step.
    contacts::follow(tx.db, organization, loser.id, winner.id)?;
    join(&mut winner, &loser);
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

/// What the winner knows of the person afterwards: its own values first.
fn join(winner: &mut Contact, loser: &Contact) {
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
