//! What is to be said of a script before it runs: mistakes, warnings, and what it uses that is not there yet. Pure. Called
//! by the tools of the command line.

use crate::basic::diagnostics::message;
use crate::basic::keywords::{Command, TABLE};
use crate::basic::program::Trigger;
use crate::basic::{Compiled, Diagnostic, Program, Severity, compile};
use crate::lang::Lang;

/// A script, read.
pub struct Checked {
    /// None when there are errors.
    pub program: Option<Program>,
    /// In the order of the text.
    pub findings: Vec<Diagnostic>,
}

impl Checked {
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|found| found.severity == severity).count()
    }

    /// Every finding as a terminal shows it, below the name of its file.
    pub fn render(&self, file: &str, lang: Lang) -> Vec<String> {
        let kind = |severity: Severity| match severity {
            Severity::Error => lang.pick("erro", "error"),
            Severity::Warning => lang.pick("aviso", "warning"),
        };
        let shown = |found: &Diagnostic| {
            let (line, column) = (found.line, found.column);
            format!("{file}:{line}:{column}: {}: {}", kind(found.severity), found.explain(lang))
        };
        self.findings.iter().map(shown).collect()
    }
}

/// Reads a script.
pub fn check(source: &str) -> Checked {
    let Compiled { program, diagnostics: mut findings } = compile(source, &[]);
    let commands = program.iter().flat_map(Program::commands).filter(|(_, command)| !is_built(*command));
    let named = commands.filter_map(|(line, command)| Some((line, TABLE.command(command)?.name)));
    let mut lacking: Vec<(u32, &str)> = named.chain(unheard(program.as_ref(), source)).collect();
    lacking.sort_unstable();
    lacking.dedup();
    for (line, name) in lacking {
        let text = source.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
        findings.push(Diagnostic {
            severity: Severity::Warning,
            line,
            column: text.chars().take_while(|letter| letter.is_whitespace()).count() as u32 + 1,
            message: message!(
                "{name} ainda não está disponível: o script falha aqui com not_configured",
                "{name} is not available yet: the script fails here with not_configured"
            ),
            hint: None,
            source: text.to_owned(),
        });
    }
    findings.sort_by_key(|found| (found.line, found.column));
    Checked { program, findings }
}

/// What would start the script, and never happens yet.
fn unheard(program: Option<&Program>, source: &str) -> Vec<(u32, &'static str)> {
    let triggers = program.iter().flat_map(|program| &program.header.triggers);
    let names = triggers.filter_map(|trigger| match trigger {
        Trigger::Meeting { .. } => Some("ON MEETING"),
        Trigger::Email { .. } => Some("ON EMAIL"),
        Trigger::Row { .. } | Trigger::Event { .. } => None,
    });
    let begins = |line: &str, name: &str| {
        let words: Vec<String> = line.split_whitespace().take(2).map(str::to_uppercase).collect();
        words.join(" ") == name
    };
    let lines =
        |name| (1..).zip(source.lines()).filter(move |(_, line)| begins(line, name)).map(move |(at, _)| (at, name));
    names.flat_map(lines).collect()
}

/// Whether there is something that carries it out.
fn is_built(command: Command) -> bool {
    use Command as C;
    !matches!(
        command,
        C::Tips
            | C::Polish
            | C::SmartReplies
            | C::Summary
            | C::CreateMeeting
            | C::RequestScreenShare
            | C::CallPhone
            | C::Llm
            | C::UseKb
            | C::ClearKb
            | C::ThinkKb
            | C::UseTool
            | C::ClearTools
            | C::UseModel
            | C::UseWebsite
            | C::SetContext
            | C::SystemPrompt
            | C::Answer
            | C::Classify
            | C::Summarize
            | C::Translate
            | C::Extract
            | C::ReadDocument
            | C::Mcp
            | C::StartJourney
            | C::CreateTicket
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_warnings_and_what_is_lacking_are_told_in_the_order_of_the_text() {
        let checked = check("x = 1\n  USE KB \"faq\"\nTALK LLM \"oi\" + nome_dele\nTALK LLM(LLM(\"a\"))");
        let told: Vec<_> = checked.findings.iter().map(|found| (found.line, found.column, found.severity)).collect();
        let warning = Severity::Warning;
        assert_eq!(told, [(2, 3, warning), (3, 1, warning), (3, 17, warning), (4, 1, warning)]);
        assert!(checked.program.is_some());
        let rendered = checked.render("start.bas", Lang::Pt).join("\n");
        assert!(rendered.starts_with("start.bas:2:3: aviso: USE KB ainda não está disponível"), "{rendered}");
        assert!(rendered.contains("\n      USE KB \"faq\"\n      ^\n"), "{rendered}");
        let triggers = check("ON INSERT OF \"contacts\"\non meeting started\nPRINT \"a\"");
        assert_eq!(triggers.findings.iter().map(|found| found.line).collect::<Vec<_>>(), [2]);
        let broken = check("IF x THEN\nTALKK \"a\"");
        assert_eq!((broken.count(Severity::Error), broken.program.is_none()), (2, true));
    }
}
