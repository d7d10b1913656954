//! What the Cloud API's answers mean: contracts/whatsapp-cloud.md, sections 9 and 11. The code decides, then the HTTP
//! status, never a text. Called by the adapter for answers and for failures reported in receipts.

use std::time::Duration;

use serde_json::Value;

use crate::channels::adapter::{Response, Scope, SendError};
use crate::channels::json;

/// How long reasons may get; what follows is of no use to a person.
const LONGEST_REASON: usize = 500;

/// The id of the accepted message.
pub(super) fn accepted(answer: &Response) -> Result<String, SendError> {
    let body = readable(answer)?;
    let id = json::list(&body, "messages").first().and_then(|message| json::text(message, "id"));
    id.ok_or_else(|| SendError::Retry {
        // It may have been accepted. There is no idempotency key: until then a receipt with our callback can settle it.
        at_least: Some(Duration::from_secs(30)),
        scope: Scope::Recipient,
        attempts: Some(3),
        code: format!("http_{}", answer.status),
        reason: "the answer names no message".to_owned(),
    })
}

/// The body of a success; null when it is no JSON.
pub(super) fn readable(answer: &Response) -> Result<Value, SendError> {
    let body = json::read(&answer.body).unwrap_or_default();
    let error = json::at(&body, "error");
    if answer.is_success() && error.is_null() {
        return Ok(body);
    }
    let code = json::int(error, "code");
    let details = json::at(error, "error_data");
    let reason = json::text(details, "details")
        .or_else(|| details.as_str().map(str::to_owned))
        .or_else(|| json::text(error, "message"))
        .unwrap_or_else(|| format!("http status {}", answer.status));
    let mut reason: String = reason.chars().take(LONGEST_REASON).collect();
    if let Some(trace) = json::text(error, "fbtrace_id") {
        reason.push_str(&format!(" (fbtrace_id {trace})"));
    }
    Err(classify(code, Some(answer.status), json::flag(error, "is_transient"), reason, answer.retry_after()))
}

/// The class of a failure. `status` is none for failures reported in receipts.
pub(super) fn classify(
    number: Option<i64>,
    status: Option<u16>,
    transient: bool,
    reason: String,
    retry_after: Option<Duration>,
) -> SendError {
    use Scope::{Channel, Recipient};
    let code = match (number, status) {
        (Some(number), _) => number.to_string(),
        (None, Some(status)) => format!("http_{status}"),
        (None, None) => "unknown".to_owned(),
    };
    let retry = |scope, at_least: Option<u64>, attempts| {
        let at_least = at_least.map(Duration::from_secs).max(retry_after);
        SendError::Retry { at_least, scope, attempts, code: code.clone(), reason: reason.clone() }
    };
    let disconnected = || SendError::Disconnected { code: code.clone(), reason: reason.clone() };
    let rejected = || SendError::Rejected { code: code.clone(), reason: reason.clone() };
    let server_fault = matches!(status, Some(500..));
    match number {
        None => match status {
            Some(401 | 403) => disconnected(),
            Some(408) => retry(Recipient, None, None),
            Some(429 | 500..) => retry(Channel, None, None),
            // A success has no code either: what it says is an error all the same.
            _ => rejected(),
        },
        Some(number) => match number {
            0 | 3 | 10 | 190 | 200..=299 | 131005 => disconnected(),
            33 | 368 | 131031 | 131037 | 131042 | 131044 | 131045 | 131048 | 131055 | 131063 | 131064 => disconnected(),
            133004 => retry(Channel, None, None),
            133000..=133015 => disconnected(),
            133016 => retry(Channel, Some(72 * 3600), None),
            131047 => SendError::WindowClosed { code, reason },
            1 | 131000 => retry(Recipient, None, Some(3)),
            2 | 131016 => retry(Channel, None, None),
            131057 => retry(Channel, Some(120), None),
            4 | 80007 | 130429 | 613 | 138002 | 138005 => retry(Channel, Some(1), None),
            131056 => retry(Recipient, Some(6), None),
            132069 => retry(Recipient, Some(3600), None),
            138004 | 138007 => retry(Recipient, None, Some(2)),
            131053 if transient => retry(Recipient, None, Some(2)),
            // Never, whatever the status: 130472 experiment, 130497 country, 131026 undeliverable, 131049 and 131050
            // marketing ...
            100 | 130472 | 130497 | 131008 | 131009 | 131021 | 131026 | 131030 | 131049..=131053 | 131060 | 131062 => {
                rejected()
            }
            132000..=132068 | 135000 | 137000 | 138000..=138023 => rejected(),
            _ if transient || server_fault => retry(Recipient, None, Some(3)),
            _ => rejected(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: body.to_owned().into() }
    }

    fn class(error: &SendError) -> String {
        match error {
            SendError::Retry { at_least, scope, attempts, .. } => {
                let seconds = at_least.map_or(0, |wait| wait.as_secs());
                format!("retry {scope:?} {seconds}s {}", attempts.map_or("on".into(), |n| n.to_string()))
            }
            SendError::Rejected { .. } => "rejected".into(),
            SendError::WindowClosed { .. } => "window".into(),
            SendError::Disconnected { .. } => "disconnected".into(),
        }
    }

    #[test]
    fn every_code_of_the_contract_has_its_class() {
        for (codes, expected) in [
            (&[0, 190, 3, 10, 200, 250, 299, 131005][..], "disconnected"),
            (&[131048, 131064, 33, 131031, 131037, 131042, 131044, 131045, 131055, 131063, 368], "disconnected"),
            (&[133000, 133005, 133010, 133015], "disconnected"),
            (&[1, 131000], "retry Recipient 0s 3"),
            (&[2, 131016, 133004], "retry Channel 0s on"),
            (&[4, 80007, 130429], "retry Channel 1s on"),
            (&[131056], "retry Recipient 6s on"),
            (&[131057], "retry Channel 120s on"),
            (&[132069], "retry Recipient 3600s on"),
            (&[133016], "retry Channel 259200s on"),
            (&[131047], "window"),
            (
                &[100, 131008, 131009, 131021, 131026, 131030, 131049, 131050, 131051, 131052, 131053, 131060, 131062],
                "rejected",
            ),
            (&[132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 135000, 137000], "rejected"),
            (&[130472, 130497, 138000, 138023], "rejected"),
        ] {
            for code in codes {
                // The status of Meta's table varies between copies and must not matter.
                for status in [Some(400), Some(500), None] {
                    let error = classify(Some(*code), status, false, "r".into(), None);
                    assert_eq!(class(&error), expected, "{code} {status:?}");
                }
            }
        }
    }

    #[test]
    fn unknown_codes_are_judged_by_transience_and_status() {
        let unknown = |status, transient| class(&classify(Some(130403), Some(status), transient, "r".into(), None));
        assert_eq!(unknown(400, false), "rejected");
        assert_eq!(unknown(400, true), "retry Recipient 0s 3");
        assert_eq!(unknown(502, false), "retry Recipient 0s 3");
    }

    #[test]
    fn answers_without_a_code_are_judged_by_status() {
        for (status, body, expected) in [
            (500, "", "retry Channel 0s on"),
            (502, "<html>Bad gateway</html>", "retry Channel 0s on"),
            (429, "", "retry Channel 0s on"),
            (408, "", "retry Recipient 0s on"),
            (401, "{}", "disconnected"),
            (403, "<html>", "disconnected"),
            (404, "", "rejected"),
            (302, "", "rejected"),
            (200, "{\"error\":{}}", "rejected"),
            (200, "{\"error\":{\"code\":\"190\"}}", "disconnected"),
            (200, "", "retry Recipient 30s 3"),
            (200, "<html>", "retry Recipient 30s 3"),
            (200, "{\"messages\":[]}", "retry Recipient 30s 3"),
        ] {
            assert_eq!(class(&accepted(&answer(status, body)).unwrap_err()), expected, "{status} {body}");
        }
    }

    #[test]
    fn success_names_the_message() {
        let body = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+5511987650001","wa_id":"5511987650001"}],"messages":[{"id":"wamid.X","message_status":"accepted"}]}"#;
        assert_eq!(accepted(&answer(200, body)), Ok("wamid.X".into()));
    }

    #[test]
    fn the_reason_is_the_most_precise_text_and_keeps_the_trace() {
        let body = r#"{"error":{"message":"(#131030) Recipient phone number not in allowed list","type":"OAuthException","code":131030,"error_data":{"messaging_product":"whatsapp","details":"Add the number to the test recipients and retry"},"error_subcode":2655007,"is_transient":false,"fbtrace_id":"AbCdEfGh123"}}"#;
        let reason = "Add the number to the test recipients and retry (fbtrace_id AbCdEfGh123)".to_owned();
        assert_eq!(accepted(&answer(400, body)), Err(SendError::Rejected { code: "131030".into(), reason }));
        let with = |data: &str| accepted(&answer(400, &format!(r#"{{"error":{{"message":"m","code":100{data}}}}}"#)));
        let rejected = |reason: &str| Err(SendError::Rejected { code: "100".into(), reason: reason.into() });
        assert_eq!(with(r#","error_data":"as a string""#), rejected("as a string"));
        assert_eq!(with(""), rejected("m"));
    }

    #[test]
    fn retry_after_is_honoured_and_never_shortens_the_wait() {
        let wait = |value: &str, code: u32| {
            let mut answer = answer(429, &format!("{{\"error\":{{\"code\":{code}}}}}"));
            answer.headers =
                vec![("retry-after".into(), value.into()), ("date".into(), "Thu, 01 Oct 2026 10:00:00 GMT".into())];
            match accepted(&answer) {
                Err(SendError::Retry { at_least, .. }) => at_least.map(|wait| wait.as_secs()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(wait("30", 130429), Some(30));
        assert_eq!(wait("Thu, 01 Oct 2026 10:01:00 GMT", 2), Some(60));
        assert_eq!(wait("2", 131056), Some(6));
        assert_eq!(wait("soon", 2), None);
    }
}
