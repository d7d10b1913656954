//! `attendant.csv`: people as a file (spec/85-config-keys.md, last paragraph). Pure: text in, checked rows and remarks
//! out; who stores them matches by `external_id`, then by e-mail.

use std::collections::HashSet;

use crate::vault::Secret;

const COLUMNS: [&str; 14] = [
    "id",
    "name",
    "channel",
    "preferences",
    "department",
    "aliases",
    "phone",
    "email",
    "teams",
    "google",
    "telegram",
    "slack",
    "skills",
    "queues",
];
/// A column, and not in [`COLUMNS`], only because its cells are secret.
const PASSWORD: &str = "password";

const CHANNELS: [&str; 13] = [
    "all",
    "whatsapp",
    "telegram",
    "sms",
    "instagram",
    "messenger",
    "teams",
    "slack",
    "google_chat",
    "email",
    "web",
    "voice",
    "api",
];

/// One attendant to create or update. Empty optional cells are none: they leave what is stored as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1, the header included.
    pub line: u64,
    /// The file's `id`.
    pub external_id: Option<String>,
    pub name: String,
    /// Channel kinds they serve; `["all"]` when the file says nothing.
    pub channels: Vec<String>,
    pub preferences: Option<String>,
    pub department: Option<String>,
    pub aliases: Vec<String>,
    /// Normalised: their WhatsApp destination.
    pub phone: Option<String>,
    /// Lower case. Without one the account can only work from its destinations.
    pub email: Option<String>,
    /// Other destinations, as the provider addresses people.
    pub teams: Option<String>,
    pub google: Option<String>,
    pub telegram: Option<String>,
    pub slack: Option<String>,
    pub skills: Vec<Skill>,
    /// By name.
    pub queues: Vec<String>,
    pub password: Option<Secret>,
}

/// `name:level`; level 1 when none is given, 5 at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    pub name: String,
    pub level: u8,
}

/// A line that was not taken, or a column nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RowError {
    /// From 1, the header included.
    pub line: u64,
    pub reason: String,
}

/// Reads a file. The first line names the columns, in any order; `name` and one of `id` and `email` are required. Cells
/// are separated by `,`, or by `;` when the header is (then lists need quotes). `normalise_phone` turns what people
/// write into E.164, none when it is no phone number.
pub fn parse(text: &str, normalise_phone: impl Fn(&str) -> Option<String>) -> (Vec<Row>, Vec<RowError>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let delimiter = if header.contains(';') && !header.contains(',') { b';' } else { b',' };
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(::csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    let mut columns: Option<Vec<String>> = None;
    let mut seen = HashSet::new();
    let mut line = 0;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                errors.push(RowError {
                    line: error.position().map_or(line + 1, ::csv::Position::line),
                    reason: error.to_string(),
                });
                continue;
            }
        };
        line = record.position().map_or(line + 1, |position| line_of(text, position));
        let Some(columns) = &columns else {
            let (known, wrong) = header_of(&record);
            errors.extend(wrong.into_iter().map(|reason| RowError { line, reason }));
            if !known.iter().any(|column| column == "name") {
                errors.push(RowError { line, reason: "the header has no column name".to_owned() });
                return (rows, errors);
            }
            columns = Some(known);
            continue;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        match row(line, columns, &record, &normalise_phone) {
            Ok(row) => {
                let keys: Vec<_> = row.keys().collect();
                if let Some(key) = keys.iter().find(|key| seen.contains(*key)) {
                    errors.push(RowError { line, reason: format!("{key} is in an earlier line") });
                } else {
                    seen.extend(keys);
                    rows.push(row);
                }
            }
            Err(reason) => errors.push(RowError { line, reason }),
        }
    }
    (rows, errors)
}

/// The line on which a record begins: the reader's position is before the blank and comment lines it skipped.
fn line_of(text: &str, position: &::csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    let skipped = from.lines().take_while(|line| line.trim().is_empty() || line.starts_with('#')).count();
    position.line() + skipped as u64
}

/// The columns' names, and what is wrong with them. An unknown column is reported and its cells are ignored.
fn header_of(record: &::csv::StringRecord) -> (Vec<String>, Vec<String>) {
    let columns: Vec<_> = record.iter().map(|name| name.to_lowercase()).collect();
    let known = |name: &str| name == PASSWORD || COLUMNS.contains(&name);
    let unknown = columns.iter().filter(|name| !name.is_empty() && !known(name));
    let wrong = unknown.map(|name| format!("unknown column {name}{}", hint(name, &COLUMNS))).collect();
    (columns, wrong)
}

/// ` (did you mean ...?)`, when something resembles `name`.
fn hint(name: &str, known: &[&str]) -> String {
    let likeness = |candidate: &&&str| strsim::jaro_winkler(name, candidate);
    match known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))) {
        Some(nearest) if likeness(&nearest) > 0.8 => format!(" (did you mean {nearest}?)"),
        _ => String::new(),
    }
}

impl Row {
    /// What must not come twice in a file.
    fn keys(&self) -> impl Iterator<Item = String> {
        let id = self.external_id.as_ref().map(|id| format!("id {id}"));
        id.into_iter().chain(self.email.as_ref().map(|email| format!("e-mail {email}")))
    }
}

fn row(
    line: u64,
    columns: &[String],
    record: &::csv::StringRecord,
    normalise_phone: &impl Fn(&str) -> Option<String>,
) -> Result<Row, String> {
    if record.len() > columns.len() && record.iter().skip(columns.len()).any(|cell| !cell.is_empty()) {
        return Err(format!(
            "{} cells under {} columns (quote cells that contain a separator)",
            record.len(),
            columns.len()
        ));
    }
    let cell = |name: &str| {
        let index = columns.iter().position(|column| column == name)?;
        record.get(index).filter(|cell| !cell.is_empty())
    };
    let text = |name: &str| cell(name).map(str::to_owned);
    let list = |name: &str| -> Vec<String> {
        cell(name)
            .unwrap_or_default()
            .split(';')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    };

    let name = text("name").ok_or("name is empty")?;
    let email = match cell("email") {
        Some(email) => Some(email_of(email).ok_or_else(|| format!("{email} is not an e-mail address"))?),
        None => None,
    };
    let phone = match cell("phone") {
        Some(phone) => Some(normalise_phone(phone).ok_or_else(|| format!("{phone} is not a phone number"))?),
        None => None,
    };
    let mut channels = list("channel").into_iter().map(|kind| channel(&kind)).collect::<Result<Vec<_>, _>>()?;
    if channels.is_empty() || channels.iter().any(|kind| kind == "all") {
        channels = vec!["all".to_owned()];
    }
    let row = Row {
        line,
        external_id: text("id"),
        name,
        channels,
        preferences: text("preferences"),
        department: text("department"),
        aliases: list("aliases"),
        phone,
        email,
        teams: text("teams"),
        google: text("google"),
        telegram: text("telegram"),
        slack: text("slack"),
        skills: list("skills").iter().map(|skill| skill_of(skill)).collect::<Result<_, _>>()?,
        queues: list("queues"),
        password: cell(PASSWORD).map(Secret::new),
    };
    let destinations = [&row.phone, &row.teams, &row.google, &row.telegram, &row.slack];
    if row.external_id.is_none() && row.email.is_none() {
        Err("neither id nor email: the next import could not find this person again".to_owned())
    } else if row.email.is_none() && destinations.iter().all(|destination| destination.is_none()) {
        Err("neither e-mail nor destination: this person could not work anywhere".to_owned())
    } else if row.email.is_none() && row.password.is_some() {
        Err("a password needs an e-mail to log in with".to_owned())
    } else {
        Ok(row)
    }
}

/// A plausible address in lower case. Whether it receives mail only mail can tell.
fn email_of(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    let labels = domain.split('.').all(|label| !label.is_empty());
    (clean && !local.is_empty() && labels && domain.contains('.') && !domain.contains('@') && text.len() <= 254)
        .then(|| text.to_lowercase())
}

fn channel(text: &str) -> Result<String, String> {
    let kind = text.to_lowercase().replace(['-', ' '], "_");
    if CHANNELS.contains(&kind.as_str()) {
        return Ok(kind);
    }
    Err(format!("unknown channel {text}{}", hint(&kind, &CHANNELS)))
}

fn skill_of(text: &str) -> Result<Skill, String> {
    let (name, level) = text.split_once(':').unwrap_or((text, "1"));
    let (name, level) = (name.trim(), level.trim().parse::<u8>());
    match level {
        Ok(level @ 1..=5) if !name.is_empty() => Ok(Skill { name: name.to_owned(), level }),
        _ => Err(format!("skill {text}: expected name:level with level 1 to 5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn phone(text: &str) -> Option<String> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (digits.len() >= 10).then(|| format!("+55{digits}"))
    }

    fn errors(text: &str) -> Vec<String> {
        parse(text, phone).1.iter().map(|error| format!("{}: {}", error.line, error.reason)).collect()
    }

    #[test]
    fn the_documented_file_is_read() {
        let text = "\u{feff}id,name,channel,preferences,department,aliases,phone,email\r\n\
                    att-001,João Silva,all,sales,comercial,joao;js;silva,(11) 98888-7777,Joao@Company.com\r\n\
                    # on leave\r\n\r\n\
                    att-002,Ana,whatsapp;Google Chat,,,,11 97777-6666,\r\n";
        let (rows, errors) = parse(text, phone);
        assert_eq!(errors, []);
        assert_eq!(
            rows[0],
            Row {
                line: 2,
                external_id: Some("att-001".into()),
                name: "João Silva".into(),
                channels: vec!["all".into()],
                preferences: Some("sales".into()),
                department: Some("comercial".into()),
                aliases: vec!["joao".into(), "js".into(), "silva".into()],
                phone: Some("+5511988887777".into()),
                email: Some("joao@company.com".into()),
                teams: None,
                google: None,
                telegram: None,
                slack: None,
                skills: vec![],
                queues: vec![],
                password: None,
            }
        );
        assert_eq!((rows[1].line, &rows[1].email, &rows[1].channels[1]), (5, &None, &"google_chat".to_owned()));
    }

    #[test]
    fn optional_columns_come_in_any_order() {
        let text =
            "email,name,skills,queues,password,slack\na@b.co,Ana,billing:3;vip,Suporte;Vendas,long secret,U123\n";
        let (rows, errors) = parse(text, phone);
        assert_eq!(errors, []);
        let skill = |name: &str, level| Skill { name: name.into(), level };
        assert_eq!(rows[0].skills, [skill("billing", 3), skill("vip", 1)]);
        assert_eq!(rows[0].queues, ["Suporte", "Vendas"]);
        assert_eq!(rows[0].slack.as_deref(), Some("U123"));
        assert!(!format!("{rows:?}").contains("long secret"));
    }

    #[test]
    fn a_semicolon_file_of_a_brazilian_spreadsheet_is_read() {
        let (rows, errors) = parse("id;name;email;aliases\n1;Ana;a@b.co;\"x;y\"\n", phone);
        assert_eq!((errors, rows[0].aliases.len()), (vec![], 2));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_the_rest_is_taken() {
        let text = "id,name,chanel,phone,email,skills\n\
                    1,,all,,a@b.co,\n\
                    2,Bia,all,123,b@b.co,\n\
                    3,Caio,all,,not-an-address,\n\
                    4,Davi,all,,,\n\
                    ,Eva,all,11999999999,,\n\
                    6,Fabio,all,,f@b.co,vip:9\n\
                    7,Gil,all,,g@b.co,\n\
                    7,Gil again,all,,h@b.co,\n\
                    9,Hugo,all,,G@b.co,\n\
                    10,Ivo,all,,i@b.co,,extra\n";
        assert_eq!(
            errors(text),
            [
                "1: unknown column chanel (did you mean channel?)",
                "2: name is empty",
                "3: 123 is not a phone number",
                "4: not-an-address is not an e-mail address",
                "5: neither e-mail nor destination: this person could not work anywhere",
                "6: neither id nor email: the next import could not find this person again",
                "7: skill vip:9: expected name:level with level 1 to 5",
                "9: id 7 is in an earlier line",
                "10: e-mail g@b.co is in an earlier line",
                "11: 7 cells under 6 columns (quote cells that contain a separator)",
            ]
        );
        let (rows, _) = parse(text, phone);
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Gil"]);
        assert_eq!(
            errors("name,channel,email\nAna,whatsap,a@b.co\n"),
            ["2: unknown channel whatsap (did you mean whatsapp?)"]
        );
        assert_eq!(errors("id,email\n1,a@b.co\n"), ["1: the header has no column name"]);
        assert_eq!(errors(""), [""; 0]);
    }

    #[test]
    fn a_quoted_cell_over_several_lines_keeps_the_count_right() {
        assert_eq!(errors("id,name,email\n1,\"Ana\nMaria\",a@b.co\n2,,b@b.co\n"), ["4: name is empty"]);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(text in ".*") {
            parse(&text, phone);
            parse(&format!("id,name,email,phone,skills\n{text}"), phone);
        }
    }
}
