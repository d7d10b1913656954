//! Where handoffs wait for a person: who is chosen, when it is open, how long it takes. Nothing here is live or stored.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

pub mod actor;
pub mod api;
pub mod estimate;
pub mod hours;
pub mod plan;
pub mod routing;
pub mod store;

/// How urgent a handoff is. A number on the wire: 0 low, 1 normal, 2 high, 3 urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

/// A priority beyond 0..=3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("priority {0} is not one of 0 to 3")]
pub struct NoSuchPriority(pub u8);

impl Priority {
    pub const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

    pub fn level(self) -> u8 {
        self as u8
    }

    pub fn from_level(level: u8) -> Option<Self> {
        Priority::ALL.get(usize::from(level)).copied()
    }

    /// The next higher one; urgent stays urgent.
    pub fn raised(self) -> Self {
        Priority::from_level(self.level() + 1).unwrap_or(Priority::Urgent)
    }

    /// The name in settings and scripts.
    pub fn as_str(self) -> &'static str {
        self.label(Lang::En)
    }

    pub fn label(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Priority::Low, Lang::Pt) => "baixa",
            (Priority::Low, Lang::En) => "low",
            (Priority::Normal, _) => "normal",
            (Priority::High, Lang::Pt) => "alta",
            (Priority::High, Lang::En) => "high",
            (Priority::Urgent, Lang::Pt) => "urgente",
            (Priority::Urgent, Lang::En) => "urgent",
        }
    }

    /// Reads a name in either language, or the number; case- and accent-insensitive.
    pub fn parse(text: &str) -> Option<Self> {
        match crate::text::fold(text.trim()).as_str() {
            "low" | "baixa" | "baixo" | "0" => Some(Priority::Low),
            "normal" | "media" | "medio" | "medium" | "1" => Some(Priority::Normal),
            "high" | "alta" | "alto" | "2" => Some(Priority::High),
            "urgent" | "urgente" | "urgencia" | "3" => Some(Priority::Urgent),
            _ => None,
        }
    }
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> u8 {
        priority.level()
    }
}

impl TryFrom<u8> for Priority {
    type Error = NoSuchPriority;
    fn try_from(level: u8) -> Result<Self, NoSuchPriority> {
        Priority::from_level(level).ok_or(NoSuchPriority(level))
    }
}

impl utoipa::PartialSchema for Priority {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .description(Some("0 low, 1 normal, 2 high, 3 urgent"))
            .minimum(Some(0))
            .maximum(Some(3))
            .into()
    }
}

impl utoipa::ToSchema for Priority {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_is_a_number_on_the_wire_and_reads_in_both_languages() {
        for (level, priority) in (0..).zip(Priority::ALL) {
            assert_eq!(serde_json::to_value(priority).unwrap(), level);
            assert_eq!(serde_json::from_value::<Priority>(level.into()).unwrap(), priority);
            for lang in [Lang::Pt, Lang::En] {
                assert_eq!(Priority::parse(&priority.label(lang).to_uppercase()), Some(priority));
            }
        }
        assert!(serde_json::from_str::<Priority>("4").is_err());
        assert_eq!(Priority::parse("Média"), Some(Priority::Normal));
        assert_eq!(Priority::parse("whenever"), None);
        assert_eq!(Priority::Urgent.raised(), Priority::Urgent);
        assert_eq!(Priority::Low.raised(), Priority::Normal);
    }
}
