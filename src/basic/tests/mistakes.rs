//! What authors are told.

use super::*;

/// Line, column and English text of everything that is wrong.
fn told(source: &str) -> Vec<(u32, u32, String, Option<String>)> {
    let found = compile(source, &[]).diagnostics;
    found.into_iter().map(|found| (found.line, found.column, found.message.en, found.hint)).collect()
}

/// One mistake a script: its place, part of what is said, and the hint.
#[test]
fn every_mistake_is_told_at_its_place_with_what_was_expected() {
    for (source, line, column, said, hint) in [
        ("IF x = 1\nTALK \"a\"\nEND IF\nx = 1", 1, 9, "THEN is missing", None),
        ("x = 1\nIF x THEN\nTALK \"a\"", 2, 1, "END IF is missing", None),
        ("END IF", 1, 1, "END IF without the beginning", None),
        ("TRANSFR TO HUMAN \"x\"", 1, 1, "do not know the statement", Some("TRANSFER TO HUMAN")),
        ("TALKK \"oi\"", 1, 1, "do not know the statement", Some("TALK")),
        ("x = 5\nTALK UCAS(x)", 2, 6, "do not know the function", Some("UCASE")),
        ("TALK \"oi", 1, 6, "quotes that end the text", None),
        ("x = (1 + 2", 1, 11, "expected ), but found the end of the line", None),
        ("x = 1 +", 1, 8, "expected a value, but found the end of the line", None),
        ("x = LEFT(\"a\")", 1, 5, "write LEFT(text, count)", None),
        ("x = LEFT([1], 2)", 1, 10, "expected a text (text)", None),
        ("WAIT \"logo\"", 1, 6, "expected a number (seconds)", None),
        ("CREATE \"leads\", \"x\"", 1, 17, "expected a map", None),
        (
            "ASSIGN CONVERSATION \"s\"",
            1,
            1,
            "a value is missing (attendant); write ASSIGN CONVERSATION conversation TO attendant",
            None,
        ),
        ("TALK \"a\", \"b\"", 1, 9, "one text", None),
        ("x = FIND \"t\", \"a = \"", 1, 15, "filter", None),
        ("HEAR x AS EMIAL", 1, 11, "does not know the type EMIAL", Some("EMAIL")),
        ("GOTO fim\nfin:", 1, 1, "no line \"fim:\"", Some("fin:")),
        ("FOR i = 1 TO 3\nTALK i", 1, 1, "NEXT is missing", None),
        ("nome = \"Ana\"\nTALK nmoe", 2, 6, "nothing gives the variable nmoe a value", Some("nome")),
        ("f 1\nSUB f(a, b)\nRETURN a + b\nEND SUB", 1, 1, "f takes 2 values, not 1", None),
        ("EXIT FOR", 1, 1, "no such loop", None),
        ("SET SCHEDULE \"de vez em quando\"", 1, 14, "schedule", None),
        ("GENERATE PDF \"x\"", 1, 1, "GENERATE PDF is of another dialect", None),
        ("BEGIN TALK\noi", 1, 1, "END TALK is missing", None),
        ("IF = 2", 1, 4, "expected a value", None),
        ("PARAM x AS STRNG", 1, 12, "do not know the type", Some("STRING")),
    ] {
        let found = told(source);
        let [(at_line, at_column, message, near)] = found.as_slice() else { panic!("{source}\n{found:#?}") };
        assert!(message.contains(said), "{source}\n{message}");
        assert_eq!((*at_line, *at_column, near.as_deref()), (line, column, hint), "{source}\n{message}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let source = "TALKK \"a\"\nIF x = THEN\n  TALK (1\nELSE\n  y = [1, 2\nEND IF\nFOR EACH z lista\n  HEAR 5\nNEXT\nTALK \"fim\"";
    let lines: Vec<u32> = told(source).into_iter().map(|(line, ..)| line).collect();
    assert_eq!(lines, [1, 2, 3, 5, 7, 8]);
}

#[test]
fn a_mistake_is_shown_with_its_line_and_a_caret() {
    let found = compile("nome = \"Zé\"\n\tTALK \"Olá \" + UCAS(nome)", &[]).diagnostics;
    assert_eq!(
        found[0].render(Lang::Pt),
        "linha 2, coluna 16: não conheço a função UCAS (você quis dizer UCASE?)\n    \tTALK \"Olá \" + UCAS(nome)\n    \t              ^"
    );
}

#[test]
fn a_warning_does_not_keep_a_script_from_running() {
    assert!(compile("TALK nomee", &[]).program.is_some());
    assert!(compile("TALK nomee", &["nomee"]).diagnostics.is_empty());
}

#[test]
fn a_failure_names_its_line() {
    for (source, dialogue) in [
        ("x = 1\nx = x / 0", "! division_by_zero 2"),
        ("x = [1]\n\nx = x[3]", "! out_of_range 3"),
        ("x = \"a\" * 2", "! type_mismatch 1"),
        ("x = 10 ^ 400", "! number_too_large 1"),
        ("x = 10 ^ 300\nx = x * x", "! number_too_large 2"),
        ("x = 1 MOD 0", "! division_by_zero 1"),
        ("FOR EACH x IN 5\nNEXT", "! type_mismatch 1"),
        ("THROW \"fim\"", "! thrown 1"),
        ("x = YEAR(\"ontem\")", "! wrong_argument 1"),
    ] {
        play(source, dialogue);
    }
}
