//! Who is writing: the contact behind an address, found or made, and their session on the channel.
//!
//! By channel address first, then by phone (Brazilian numbers with and without the ninth digit are one) or e-mail, which
//! joins people across channels; else a new contact. Runs in one transaction; the unique index on addresses decides races.

use std::collections::BTreeMap;

use crate::audit::{Line, store as audit};
use crate::bot::BotState;
use crate::catalog::ChannelEntry;
use crate::channels::adapter::{Address, Peer};
use crate::clock::Timestamp;
use crate::contacts::phone;
use crate::contacts::store::{self as contacts, Contact};
use crate::conversations::{Session, Status, store as sessions};
use crate::ids::*;
use crate::leads::{Origin, store as leads};
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};

/// Every address a peer is known by: the provider's, and phone and e-mail in their normal forms.
pub fn addresses(peer: &Peer) -> Vec<Address> {
    let mut all = peer.addresses.clone();
    if let Some(phone) = phone_of(peer) {
        all.push(Address { kind: "phone".into(), value: phone });
    }
    if let Some(email) = peer.email.as_deref().and_then(normal_email) {
        all.push(Address { kind: "email".into(), value: email });
    }
    all.dedup();
    all
}

/// The peer's number in its canonical E.164 form.
pub fn phone_of(peer: &Peer) -> Option<String> {
    let told = peer.phone.clone().or_else(|| {
        let whatsapp = peer.addresses.iter().find(|address| address.kind == "whatsapp")?;
        Some(format!("+{}", whatsapp.value))
    })?;
    phone::normalise(&told, "BR").map(|phone| phone.as_str().to_owned())
}

/// Trimmed and lower-case, if it looks like an address at all.
pub fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let sound =
        !local.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains(char::is_whitespace);
    sound.then_some(text)
}

/// Given names and the rest.
pub fn split_name(name: &str) -> (String, String) {
    let name = name.trim();
    match name.split_once(char::is_whitespace) {
        Some((first, rest)) => (first.to_owned(), rest.trim().to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

/// Finds or makes the contact. Who comes to us is a lead as well; whom we write to first is none.
pub fn resolve_contact(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    peer: &Peer,
    source: &str,
    came: Option<&Origin>,
    now: Timestamp,
) -> Result<ContactId, StoreError> {
    let known_by = addresses(peer);
    let contact = match contacts::by_address(tx.db, organization, &known_by)? {
        Some(contact) => contact,
        None => {
            let phone = phone_of(peer);
            let name = peer.name.clone().or_else(|| phone.clone()).unwrap_or_else(|| "Visitante".to_owned());
            let (first_name, last_name) = split_name(&name);
            let mut contact = Contact {
                first_name,
                last_name,
                email: peer.email.as_deref().and_then(normal_email),
                phone,
                ..Contact::blank(organization, source, now)
            };
            contact.index();
            contacts::insert(tx.db, &contact)?;
            audit::tell(tx, &Line::new(organization, now, "contact.create", "contact").about(contact.id));
            if let Some(origin) = came {
                leads::open(tx, &contact, origin, now)?;
            }
            contact.id
        }
    };
    contacts::add_addresses(tx.db, organization, contact, &known_by, now)?;
    Ok(contact)
}

/// Finds or makes the session of a peer on a channel. `came`: what brought them; none when we write first.
pub fn resolve_session(
    tx: &mut Tx<'_>,
    channel: &ChannelEntry,
    peer: &Peer,
    came: Option<&Origin>,
    now: Timestamp,
) -> Result<(SessionId, ContactId), StoreError> {
    let row = &channel.row;
    let contact = resolve_contact(tx, row.organization_id, peer, &row.kind, came, now)?;
    if let Some(session) = sessions::session_of(tx.db, row.id, contact)? {
        return Ok((session, contact));
    }
    let session = Session {
        id: SessionId::new(),
        organization_id: row.organization_id,
        bot_id: row.bot_id,
        channel_id: row.id,
        contact_id: contact,
        channel: row.kind.clone(),
        addresses: Json(peer.addresses.clone()),
        needs_human: false,
        handoff_id: None,
        status: Status::Bot,
        queue_id: None,
        attendant_id: None,
        last_seq: 0,
        last_message: String::new(),
        last_message_at: now,
        last_in_at: None,
        last_out_at: None,
        unread: 0,
        priority: 1,
        subject: None,
        tags: Json(Vec::new()),
        bot_state: Json(BotState::default()),
        variables: Json(BTreeMap::new()),
        snoozed_until: None,
        idle_timer_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    sessions::insert_session(tx.db, &session)?;
    Ok((session.id, contact))
}

/// The same person under a new address: the old ones keep leading to them.
pub fn change_address(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    old: &[Address],
    new: &[Address],
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(contact) = contacts::by_address(tx.db, organization, old)? {
        contacts::add_addresses(tx.db, organization, contact, new, now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_on_whatsapp_and_by_phone_shares_an_address() {
        let on_whatsapp = Peer {
            addresses: vec![Address { kind: "whatsapp".into(), value: "551187650001".into() }],
            ..Peer::default()
        };
        let by_phone = Peer {
            addresses: vec![Address { kind: "api".into(), value: "42".into() }],
            phone: Some("(11) 98765-0001".into()),
            ..Peer::default()
        };
        let shared = addresses(&on_whatsapp).into_iter().find(|address| addresses(&by_phone).contains(address));
        assert_eq!(shared, Some(Address { kind: "phone".into(), value: "+5511987650001".into() }));
    }

    #[test]
    fn an_email_is_compared_without_case_or_spaces_and_only_when_it_is_one() {
        assert_eq!(normal_email(" Ana@Cliente.Example "), Some("ana@cliente.example".into()));
        for wrong in ["", "ana", "ana@", "@x.example", "a b@x.example", "ana@localhost"] {
            assert_eq!(normal_email(wrong), None, "{wrong}");
        }
    }
}
