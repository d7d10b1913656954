//! Any line of an attendant or a customer: it is a command, a refusal in both languages, or neither.
#![cfg_attr(fuzzing, no_main)]

use attendance::attendants::commands::{customer_command, is_command, parse};
use attendance::lang::Lang;

attendance_fuzz::target!(
    seeds: &["/fila", "/pegar joão", "/transfer @maria urgente", "/tag +vip -novo", "/adiar 2h", "/snooze amanhã 9h",
        "/prioridade alta", "/resolver entregue", "/agent", "/reslver"],
    corpus: None,
    |bytes| {
        let line = attendance_fuzz::text(bytes);
        customer_command(&line);
        match parse(&line) {
            Ok(_) => {}
            Err(error) => {
                assert!(is_command(&line), "only commands are refused");
                assert!(Lang::ALL.into_iter().all(|lang| !error.answer(lang).is_empty()));
            }
        }
    }
);
