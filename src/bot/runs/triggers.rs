//! What scripts listen to, and what of the product's events that is. Pure.

use serde_json::{Value, json};

use super::{Cause, Signal};
use crate::basic::program::{Header, RowChange, Trigger};
use crate::text::fold;

/// Events of the stream that scripts may listen to.
pub const KINDS: &[&str] = &[
    "new_conversation",
    "conversation_assigned",
    "conversation_accepted",
    "conversation_transferred",
    "conversation_pending",
    "conversation_resolved",
    "conversation_updated",
    "contact_updated",
    "lead_updated",
    "attendant_status",
    "system_alert",
];

const NEW_CONTACT: &str = "new_contact";
const CONTACT_UPDATED: &str = "contact_updated";
const NEW_LEAD: &str = "new_lead";
const LEAD_UPDATED: &str = "lead_updated";
const NO_REPLY: &str = "no_reply";
const ABANDONED: &str = "abandoned";

/// What people say, and the name it has here.
const SAID: &[(&str, &str)] = &[
    ("nova_conversa", "new_conversation"),
    ("handoff", "new_conversation"),
    ("assigned", "conversation_assigned"),
    ("atribuida", "conversation_assigned"),
    ("accepted", "conversation_accepted"),
    ("aceita", "conversation_accepted"),
    ("transferred", "conversation_transferred"),
    ("transferida", "conversation_transferred"),
    ("pending", "conversation_pending"),
    ("pendente", "conversation_pending"),
    ("resolved", "conversation_resolved"),
    ("resolvida", "conversation_resolved"),
    ("abandonada", ABANDONED),
    ("conversation_abandoned", ABANDONED),
    ("sem_resposta", NO_REPLY),
    ("novo_contato", NEW_CONTACT),
    ("contact_created", NEW_CONTACT),
    ("contato_alterado", CONTACT_UPDATED),
    ("novo_lead", NEW_LEAD),
    ("lead_created", NEW_LEAD),
    ("lead_alterado", LEAD_UPDATED),
    ("status_do_atendente", "attendant_status"),
    ("alert", "system_alert"),
    ("alerta", "system_alert"),
];

/// The name of an event, however it is written: `Novo contato`, `new-contact` and `contact_created` are one.
pub fn normal(name: &str) -> String {
    let words = fold(name.trim());
    let name = words.split([' ', '_', '-']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    SAID.iter().find(|(said, _)| *said == name).map_or(name, |(_, own)| (*own).to_owned())
}

/// Whether a table of a script is the organization's contacts.
pub fn is_contacts(table: &str) -> bool {
    matches!(table, "contacts" | "contact" | "customers" | "customer" | "contatos" | "clientes")
}

/// Whether it is the organization's leads, unless the bot has a table of its own by that name.
pub fn is_leads(table: &str) -> bool {
    matches!(table, "leads" | "lead")
}

/// A change of a table, as a [`Signal`]'s name.
pub fn row_name(change: RowChange, table: &str) -> String {
    let change = match change {
        RowChange::Insert => "insert",
        RowChange::Update => "update",
        RowChange::Delete => "delete",
    };
    format!("{change} {}", table.to_lowercase())
}

/// Whether a script begins with it.
pub fn listens(header: &Header, signal: &Signal) -> bool {
    match signal.cause {
        Cause::Schedule => false,
        Cause::Webhook => header.webhooks.contains(&signal.name),
        Cause::Row => header.triggers.iter().any(|trigger| match trigger {
            Trigger::Row { change, table } => row_name(*change, table) == signal.name,
            _ => false,
        }),
        Cause::Event => header.triggers.iter().any(|trigger| name_of(header, trigger).as_deref() == Some(&signal.name)),
    }
}

/// The event that a trigger waits for; a change of contacts or leads is one.
fn name_of(header: &Header, trigger: &Trigger) -> Option<String> {
    let is_leads = |table: &str| is_leads(&fold(table)) && !header.tables.iter().any(|own| is_leads(&own.name));
    match trigger {
        Trigger::Event { name } => Some(normal(name)),
        Trigger::Row { change: RowChange::Insert, table } if is_contacts(&fold(table)) => Some(NEW_CONTACT.to_owned()),
        Trigger::Row { change: RowChange::Update, table } if is_contacts(&fold(table)) => {
            Some(CONTACT_UPDATED.to_owned())
        }
        Trigger::Row { change: RowChange::Insert, table } if is_leads(table) => Some(NEW_LEAD.to_owned()),
        Trigger::Row { change: RowChange::Update, table } if is_leads(table) => Some(LEAD_UPDATED.to_owned()),
        _ => None,
    }
}

/// Whether a script listens to what happens in the product: events of the stream have to be read for it.
pub fn follows_the_stream(header: &Header) -> bool {
    let own = |name: &str| KINDS.contains(&name) || [NEW_CONTACT, NEW_LEAD, NO_REPLY, ABANDONED].contains(&name);
    header.triggers.iter().filter_map(|trigger| name_of(header, trigger)).any(|name| own(&name))
}

/// What an event of the stream is to scripts: under each of its names. Of a contact or lead, `data` has only its id.
pub fn signals(kind: &str, body: &Value) -> Vec<Signal> {
    let names: &[&str] = match kind {
        "contact_updated" if body["action"] == "contact.create" => &[NEW_CONTACT],
        "lead_updated" if body["action"] == "lead.create" => &[NEW_LEAD],
        "conversation_pending" if body["by"]["kind"] == "system" => &["conversation_pending", NO_REPLY],
        "conversation_resolved" if body["cause"] == "abandoned" => &["conversation_resolved", ABANDONED],
        // What scripts tell attendants would begin them again.
        "system_alert" if body["code"] == "bot_notice" => &[],
        _ => KINDS.iter().find(|known| **known == kind).map_or(&[], std::slice::from_ref),
    };
    let contact = match kind {
        "contact_updated" => &body["subject"]["id"],
        "lead_updated" => &body["contact_id"],
        _ => &body["customer"]["id"],
    };
    let subject = [&body["session_id"], contact, &body["id"]].into_iter().find_map(Value::as_str).map(str::to_owned);
    let signal = |name: &&str| {
        Signal::new(Cause::Event, name, body)
            .with("contact_id", contact.clone())
            .with("customer_name", json!(body["customer"]["name"]))
            .with("phone", json!(body["customer"]["phone"]))
            .with("email", json!(body["customer"]["email"]))
            .about(subject.clone())
            .after(body["depth"].as_i64().unwrap_or(0))
    };
    names.iter().map(signal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basic::compile;

    fn header(source: &str) -> Header {
        compile(source, &[]).program.unwrap().header
    }

    fn begins(source: &str, kind: &str, body: Value) -> bool {
        let header = header(source);
        signals(kind, &body).iter().any(|signal| listens(&header, signal))
    }

    #[test]
    fn an_event_is_known_by_what_people_call_it() {
        for name in ["new contact", "Novo contato", "NEW-CONTACT", "contact_created"] {
            assert_eq!(normal(name), "new_contact", "{name}");
        }
        assert_eq!(normal("Pago: 12"), "pago:_12");
        let created = json!({"subject": {"kind": "contact", "id": "c"}, "action": "contact.create"});
        let changed = json!({"subject": {"kind": "contact", "id": "c"}, "action": "contact.update"});
        for source in ["ON \"new contact\"", "ON INSERT OF \"contacts\"", "ON INSERT OF clientes"] {
            assert!(begins(source, "contact_updated", created.clone()), "{source}");
            assert!(!begins(source, "contact_updated", changed.clone()), "{source}");
        }
        assert!(begins("ON UPDATE OF \"contatos\"", "contact_updated", changed));
        let lead = |action: &str| json!({"subject": {"kind": "lead", "id": "l"}, "contact_id": "c", "action": action});
        for source in ["ON \"novo lead\"", "ON INSERT OF \"leads\""] {
            assert!(begins(source, "lead_updated", lead("lead.create")), "{source}");
            assert!(!begins(source, "lead_updated", lead("lead.update")), "{source}");
        }
        assert!(begins("ON UPDATE OF \"leads\"", "lead_updated", lead("lead.update")));
        let own = "TABLE leads\n  nome AS TEXT\nEND TABLE\nON UPDATE OF \"leads\"";
        assert!(!begins(own, "lead_updated", lead("lead.update")), "a table of the bot's own by that name");
    }

    #[test]
    fn silence_is_told_from_a_pause_by_hand() {
        let pending = |by: &str| json!({"by": {"kind": by}, "session_id": "s"});
        assert!(begins("ON \"no reply\"", "conversation_pending", pending("system")));
        assert!(!begins("ON \"sem resposta\"", "conversation_pending", pending("attendant")));
        assert!(begins("ON \"pending\"", "conversation_pending", pending("attendant")));
        assert!(begins("ON \"resolvida\"", "conversation_resolved", json!({"cause": "abandoned"})));
        assert!(!begins("ON \"abandoned\"", "conversation_resolved", json!({"cause": "resolve"})));
        assert!(!begins("ON \"alert\"", "system_alert", json!({"code": "bot_notice"})));
    }

    #[test]
    fn only_what_happens_in_the_product_needs_its_stream() {
        assert!(follows_the_stream(&header("ON \"resolved\"")));
        assert!(follows_the_stream(&header("ON INSERT OF \"customers\"")));
        for source in ["ON \"pago\"", "ON INSERT OF \"pedidos\"", "WEBHOOK \"x\"", "SET SCHEDULE \"every hour\""] {
            assert!(!follows_the_stream(&header(source)), "{source}");
        }
    }

    #[test]
    fn an_event_tells_who_it_is_about() {
        let body = json!({"session_id": "s", "customer": {"id": "c", "phone": "+55"}, "depth": 2});
        let signal = signals("new_conversation", &body).remove(0);
        assert_eq!((signal.subject.as_deref(), signal.depth), (Some("s"), 2));
        assert_eq!((&signal.input["contact_id"], &signal.input["phone"]), (&json!("c"), &json!("+55")));
        assert_eq!(signal.input["session_id"], "s");
    }
}
