//! `config.csv`: settings as a file people write in a spreadsheet or an editor (spec/85-config-keys.md). Pure: text in,
//! values and remarks out. What is wrong is reported with its line and the rest is taken.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::keys::{self, KEYS};
use crate::lang::{Lang, Message};

/// What an exported secret looks like; read again, it changes nothing.
const MASK: &str = "***";

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// From 1.
    pub line: usize,
    pub name: String,
    pub reason: Message,
    /// The known name that resembles an unknown one.
    pub nearest: Option<String>,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Name and value, both in normal form, each name once. An empty value clears the setting.
    pub accepted: Vec<(String, String)>,
    pub rejected: Vec<RowError>,
}

/// Reads a file. Names in any case, with hyphens or underscores; `,` or (as Brazilian spreadsheets save) `;` between
/// name and value; values bare to the end of the line, or quoted (`""` for a quote) over any number of lines; a header
/// line is skipped.
pub fn parse_csv(text: &str) -> Parsed {
    let mut accepted: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let mut rejected = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let start = line;
        let row = next_row(rest);
        line += row.lines;
        rest = row.rest;
        let name = row.name.trim().trim_matches('"').trim();
        let value = match row.value {
            _ if name.is_empty() && matches!(&row.value, Ok(value) if value.trim().is_empty()) => continue,
            _ if name.starts_with('#') || (start == 1 && keys::canonical(name) == "name") => continue,
            value => value,
        };
        let mut reject = |reason: Message, nearest: Option<&str>| {
            let nearest = nearest.map(str::to_owned);
            rejected.push(RowError { line: start, name: name.to_owned(), reason, nearest });
        };
        let Some((key, lang)) = keys::find(name) else {
            reject(("nome desconhecido", "unknown name").into(), keys::nearest(name));
            continue;
        };
        match value.map_err(Message::from).and_then(|value| key.normalise(&value)) {
            Ok(value) if key.kind.is_secret() && value == MASK => {}
            Ok(value) => {
                let name = key.name.to_owned() + &lang.map(keys::suffix).unwrap_or_default();
                accepted.insert(name, (start, value));
            }
            Err(reason) => reject(reason, None),
        }
    }
    let mut accepted: Vec<_> = accepted.into_iter().map(|(name, (line, value))| (line, name, value)).collect();
    accepted.sort_by_key(|(line, ..)| *line);
    Parsed { accepted: accepted.into_iter().map(|(_, name, value)| (name, value)).collect(), rejected }
}

struct Row<'a> {
    name: &'a str,
    value: Result<String, (&'static str, &'static str)>,
    /// How many lines it took, and what follows.
    lines: usize,
    rest: &'a str,
}

fn next_row(text: &str) -> Row<'_> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let plain = |value| Row { name: line, value, lines: 1, rest };
    if line.trim_start().starts_with('#') {
        return plain(Ok(String::new()));
    }
    let Some(at) = line.find([',', ';']) else {
        return plain(if line.trim().is_empty() {
            Ok(String::new())
        } else {
            Err(("esperado: nome,valor", "expected name,value"))
        });
    };
    let (name, bare) = (&line[..at], &line[at + 1..]);
    let Some(quoted) = bare.trim_start().strip_prefix('"') else {
        return Row { name, value: Ok(bare.trim().to_owned()), lines: 1, rest };
    };
    // Only this line is given up when the quoting is wrong: a forgotten quote must not swallow the rest of the file.
    let broken = |reason| Row { name, value: Err(reason), lines: 1, rest };
    // The quoted value may go on after this line: read from where it begins.
    let from = line.len() - quoted.len();
    let Some((value, used)) = unquote(&text[from..]) else {
        return broken(("as aspas não fecham", "the quote is not closed"));
    };
    let (read, after) = text.split_at(from + used);
    let (tail, rest) = after.split_once('\n').unwrap_or((after, ""));
    // Spreadsheets end lines with empty cells.
    let tail = tail.trim().trim_matches([',', ';']).trim_start();
    if tail.is_empty() || tail.starts_with('#') {
        Row { name, value: Ok(value), lines: read.matches('\n').count() + 1, rest }
    } else {
        broken(("há texto depois das aspas", "text after the closing quote"))
    }
}

/// Reads up to the closing quote: the value, and how many bytes it took with the quote.
fn unquote(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find('"')?;
        value.push_str(text.get(from..at)?);
        if text.get(at + 1..)?.starts_with('"') {
            value.push('"');
            from = at + 2;
        } else {
            return Some((value.replace("\r\n", "\n"), at + 1));
        }
    }
}

/// Writes stored settings as a file that [`parse_csv`] reads back: in the registry's order under its headings, secrets
/// masked. What is stored under no known name is left out.
pub fn export_csv(stored: &BTreeMap<String, String>) -> String {
    let mut text = String::from("name,value\n");
    let mut group = "";
    for key in KEYS {
        let languages = Lang::ALL.into_iter().map(|lang| format!("{}{}", key.name, keys::suffix(lang)));
        for name in std::iter::once(key.name.to_owned()).chain(languages) {
            let Some(value) = stored.get(&name).filter(|value| !value.is_empty()) else { continue };
            if keys::find(&name).is_none_or(|(found, _)| found.name != key.name) {
                continue;
            }
            if group != key.group {
                group = key.group;
                // Writing to a String cannot fail.
                let _ = writeln!(text, "# {group}");
            }
            let value = if key.kind.is_secret() { MASK } else { value };
            let _ = writeln!(text, "{name},{}", quote(value));
        }
    }
    text
}

fn quote(value: &str) -> String {
    let plain = !value.contains(['"', ',', ';', '\n', '\r', '#']) && value.trim() == value;
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepted(text: &str) -> Vec<(String, String)> {
        let parsed = parse_csv(text);
        assert_eq!(parsed.rejected, []);
        parsed.accepted
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_file_as_people_write_it_is_read() {
        let text = "\u{feff}name,value\r\n# attendance\r\n  Attendance_Bypass_Mode , sim \r\n\r\n\
                    attendance-transfer-keywords,\"humano, pessoa\"\r\nattendance-queue-size;80\r\n\
                    bot-greeting,Olá, tudo bem?\r\nbot-fallback,\"Diga \"\"oi\"\"\r\nou tchau\",\r\nhistory-limit,5";
        assert_eq!(
            accepted(text),
            pairs(&[
                ("attendance-bypass-mode", "true"),
                ("attendance-transfer-keywords", "humano,pessoa"),
                ("attendance-queue-size", "80"),
                ("bot-greeting", "Olá, tudo bem?"),
                ("bot-fallback", "Diga \"oi\"\nou tchau"),
                ("history-limit", "5"),
            ])
        );
    }

    #[test]
    fn later_lines_win_and_an_empty_value_clears() {
        assert_eq!(accepted("history-limit,5\nhistory_limit,7\n"), pairs(&[("history-limit", "7")]));
        assert_eq!(accepted("history-limit,\n"), pairs(&[("history-limit", "")]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_the_rest_is_taken() {
        let text = "crm-enabled,sim\nbot-greeting,\"a\nb\"\natendance-queue-size,5\nattendance-queue-size,lots\n\
                    no separator\nbot-apology,\"open\nhistory-limit,9\nbot-description,\"a\" b\n";
        let parsed = parse_csv(text);
        assert_eq!(
            parsed.accepted,
            pairs(&[("crm-enabled", "true"), ("bot-greeting", "a\nb"), ("history-limit", "9")])
        );
        let found: Vec<_> = parsed.rejected.iter().map(|error| (error.line, error.reason.en.as_str())).collect();
        assert_eq!(
            found,
            [
                (4, "unknown name"),
                (5, "expected a whole number from 1 to 100000"),
                (6, "unknown name"),
                (7, "text after the closing quote"),
                (9, "text after the closing quote"),
            ]
        );
        assert_eq!(parsed.rejected[0].nearest.as_deref(), Some("attendance-queue-size"));
    }

    #[test]
    fn an_unclosed_quote_gives_up_its_own_line_only() {
        let parsed = parse_csv("bot-apology,\"open\nhistory-limit,9\n");
        assert_eq!(parsed.accepted, pairs(&[("history-limit", "9")]));
        assert_eq!(parsed.rejected[0].reason.en, "the quote is not closed");
    }

    #[test]
    fn secrets_leave_masked_and_a_masked_secret_changes_nothing() {
        let stored = pairs(&[("llm-key", "sk-123"), ("llm-model", "m"), ("unheard-of", "x")]).into_iter().collect();
        let text = export_csv(&stored);
        assert_eq!(text, "name,value\n# llm\nllm-key,***\nllm-model,m\n");
        assert_eq!(accepted(&text), pairs(&[("llm-model", "m")]));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in "([a-z_-]{0,9}[,;\"\n# ]{0,3}|.){0,30}") {
            parse_csv(&text);
        }

        #[test]
        fn what_is_exported_is_read_back(values in proptest::collection::btree_map(0..KEYS.len(), ".*", 0..8)) {
            let stored: BTreeMap<String, String> = values
                .into_iter()
                .filter(|(index, _)| !KEYS[*index].kind.is_secret())
                .filter_map(|(index, value)| Some((KEYS[index].name.to_owned(), KEYS[index].normalise(&value).ok()?)))
                .filter(|(_, value)| !value.is_empty() && !value.contains('\r'))
                .collect();
            let parsed = parse_csv(&export_csv(&stored));
            prop_assert_eq!(parsed.rejected, vec![]);
            prop_assert_eq!(parsed.accepted.into_iter().collect::<BTreeMap<_, _>>(), stored);
        }
    }
}
