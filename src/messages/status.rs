//! How far an outbound message got. Receipts come late, twice and in any order; the answer does not depend on it.
//! Called by the delivery (our own sends) and the router (providers' receipts).

use serde::{Deserialize, Serialize};

use crate::channels::adapter::ReceiptStatus;

/// The order is the rule: a message only moves to a later one. `Failed` stands before `Delivered` because a proof of
/// arrival outweighs a reported failure (WhatsApp sends both when one of several devices fails), and after `Sent`
/// because a provider that accepted a message may still fail it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    #[default]
    Queued,
    Sent,
    Failed,
    Delivered,
    Read,
}

impl DeliveryStatus {
    pub const ALL: [DeliveryStatus; 5] = [
        DeliveryStatus::Queued,
        DeliveryStatus::Sent,
        DeliveryStatus::Failed,
        DeliveryStatus::Delivered,
        DeliveryStatus::Read,
    ];

    /// The wire and column form.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryStatus::Queued => "queued",
            DeliveryStatus::Sent => "sent",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Delivered => "delivered",
            DeliveryStatus::Read => "read",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        DeliveryStatus::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl From<&ReceiptStatus> for DeliveryStatus {
    fn from(receipt: &ReceiptStatus) -> Self {
        match receipt {
            ReceiptStatus::Sent => DeliveryStatus::Sent,
            ReceiptStatus::Delivered => DeliveryStatus::Delivered,
            ReceiptStatus::Read => DeliveryStatus::Read,
            ReceiptStatus::Failed { .. } => DeliveryStatus::Failed,
        }
    }
}

/// The new status when `incoming` tells something new, else none. A person's retry of a failed message is a new send
/// and sets `Queued` itself, before any receipt of that send.
pub fn advance(current: DeliveryStatus, incoming: DeliveryStatus) -> Option<DeliveryStatus> {
    (incoming > current).then_some(incoming)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::DeliveryStatus::*;
    use super::*;

    #[test]
    fn receipts_move_a_message_forward_only() {
        for (current, incoming, expected) in [
            (Queued, Sent, Some(Sent)),
            (Queued, Read, Some(Read)),
            (Sent, Delivered, Some(Delivered)),
            (Sent, Failed, Some(Failed)),
            (Delivered, Sent, None),
            (Read, Delivered, None),
            (Read, Read, None),
            (Failed, Sent, None),
            (Failed, Queued, None),
            (Failed, Delivered, Some(Delivered)),
            (Delivered, Failed, None),
            (Read, Failed, None),
        ] {
            assert_eq!(advance(current, incoming), expected, "{current:?} <- {incoming:?}");
        }
    }

    #[test]
    fn the_wire_form_reads_back() {
        for status in DeliveryStatus::ALL {
            assert_eq!(DeliveryStatus::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    fn after(receipts: &[DeliveryStatus]) -> DeliveryStatus {
        receipts.iter().fold(Queued, |current, incoming| advance(current, *incoming).unwrap_or(current))
    }

    proptest! {
        #[test]
        fn any_order_of_receipts_ends_at_the_same_status(
            (sent, shuffled) in proptest::collection::vec(proptest::sample::select(&DeliveryStatus::ALL[..]), 0..8)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(after(&sent), after(&shuffled));
            let arrived = sent.iter().any(|status| matches!(status, Delivered | Read));
            prop_assert_eq!(after(&sent) == Failed, sent.contains(&Failed) && !arrived);
        }
    }
}
