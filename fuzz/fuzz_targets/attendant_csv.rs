//! Any text as an `attendant.csv`: each line is a person or an error with its number.
#![cfg_attr(fuzzing, no_main)]

use attendance::attendants::import::parse;

attendance_fuzz::target!(
    seeds: &["id,name,channel,preferences,department,aliases,phone,email,teams,google\natt-001,Ana Souza,all,sales,comercial,ana;aninha,+5511999990000,ana@example.com,,\n",
        "id;nome;canal\natt-002;\"Bia; Reis\";whatsapp\n"],
    corpus: None,
    |bytes| {
        let text = attendance_fuzz::text(bytes);
        parse(&text, |phone| attendance::contacts::phone::normalise(phone, "BR").map(|phone| phone.as_str().to_owned()));
    }
);
