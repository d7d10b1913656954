//! Any text as a filter: what is accepted becomes our own words, `?` and known columns, with one bind for each `?`.
#![cfg_attr(fuzzing, no_main)]

use attendance::basic::filter::{Column, ColumnKind, parse, to_sql};

const COLUMNS: [(&str, ColumnKind); 6] = [
    ("name", ColumnKind::Text),
    ("amount", ColumnKind::Integer),
    ("price", ColumnKind::Real),
    ("active", ColumnKind::Boolean),
    ("born", ColumnKind::Date),
    ("seen", ColumnKind::Moment),
];
const WORDS: [&str; 18] = [
    "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "LOWER", "ESCAPE", "'\\'", "?", "=", "<>", "<", "<=", ">", ">=",
    "1",
];

attendance_fuzz::target!(seeds: &["name like 'a%' and (amount > 3 or not active)", "price in (1, 2.5) or born is null"], corpus: None, |bytes| {
    let text = attendance_fuzz::text(bytes);
    let column = |name: &str| {
        let (known, kind) = COLUMNS.iter().find(|(known, _)| *known == name)?;
        Some(Column { sql: (*known).into(), kind: *kind })
    };
    if let Ok(filter) = parse(&text)
        && let Ok((sql, binds)) = to_sql(&filter, &column)
    {
        assert_eq!(sql.matches('?').count(), binds.len());
        for token in sql.replace(['(', ')', ','], " ").split_whitespace() {
            assert!(WORDS.contains(&token) || COLUMNS.iter().any(|(name, _)| *name == token), "{token}");
        }
    }
});
