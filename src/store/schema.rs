//! The tables, as the migrations make them. A test compares this file with the migrated schema.

use diesel::{allow_tables_to_appear_in_same_query, table};
table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    organizations (id) {
        id -> IdSql,
        name -> Text,
        is_operator -> Bool,
        settings -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    installation (name) {
        name -> Text,
        value -> Text,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    users (id) {
        id -> IdSql,
        organization_id -> IdSql,
        name -> Text,
        email -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        role -> Text,
        locale -> Text,
        department -> Nullable<Text>,
        preferences -> Text,
        aliases -> Text,
        external_id -> Nullable<Text>,
        channels -> Text,
        skills -> Text,
        default_destination -> Text,
        status -> Text,
        status_since -> BigInt,
        console_presence -> Bool,
        focus_session_id -> Nullable<IdSql>,
        is_active -> Bool,
        failed_logins -> BigInt,
        locked_until -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    destinations (id) {
        id -> IdSql,
        organization_id -> IdSql,
        user_id -> IdSql,
        kind -> Text,
        address -> Text,
        channel_id -> Nullable<IdSql>,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    refresh_tokens (id) {
        id -> IdSql,
        organization_id -> IdSql,
        user_id -> IdSql,
        family_id -> IdSql,
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    api_tokens (id) {
        id -> IdSql,
        organization_id -> IdSql,
        user_id -> IdSql,
        name -> Text,
        token_hash -> Text,
        last4 -> Text,
        scopes -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    bots (id) {
        id -> IdSql,
        organization_id -> IdSql,
        name -> Text,
        engine -> Text,
        locale -> Text,
        settings -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    channels (id) {
        id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        kind -> Text,
        provider -> Text,
        name -> Text,
        credentials -> Text,
        credentials_hint -> Text,
        settings -> Text,
        is_active -> Bool,
        health -> Text,
        health_reason -> Nullable<Text>,
        health_since -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    contacts (id) {
        id -> IdSql,
        organization_id -> IdSql,
        first_name -> Text,
        last_name -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        tier -> Nullable<Text>,
        ltv -> Nullable<Text>,
        source -> Text,
        tags -> Text,
        custom_fields -> Text,
        search -> Text,
        merged_into -> Nullable<IdSql>,
        opted_out_at -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    contact_identities (id) {
        id -> IdSql,
        organization_id -> IdSql,
        contact_id -> IdSql,
        kind -> Text,
        value -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    queues (id) {
        id -> IdSql,
        organization_id -> IdSql,
        name -> Text,
        description -> Text,
        channels -> Text,
        is_active -> Bool,
        priority_order -> BigInt,
        max_wait_seconds -> BigInt,
        auto_assign -> Bool,
        strategy -> Text,
        skills -> Text,
        hours -> Nullable<Text>,
        size_limit -> Nullable<BigInt>,
        overflow_queue_id -> Nullable<IdSql>,
        fallback -> Text,
        department -> Nullable<Text>,
        topics -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    queue_members (queue_id, user_id) {
        organization_id -> IdSql,
        queue_id -> IdSql,
        user_id -> IdSql,
        is_active -> Bool,
        max_conversations -> BigInt,
        priority -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    skills (id) {
        id -> IdSql,
        organization_id -> IdSql,
        name -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    sessions (id) {
        id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        channel_id -> IdSql,
        contact_id -> IdSql,
        channel -> Text,
        addresses -> Text,
        needs_human -> Bool,
        handoff_id -> Nullable<IdSql>,
        status -> Text,
        queue_id -> Nullable<IdSql>,
        attendant_id -> Nullable<IdSql>,
        last_seq -> BigInt,
        last_message -> Text,
        last_message_at -> BigInt,
        last_in_at -> Nullable<BigInt>,
        last_out_at -> Nullable<BigInt>,
        unread -> BigInt,
        priority -> BigInt,
        subject -> Nullable<Text>,
        tags -> Text,
        bot_state -> Text,
        variables -> Text,
        snoozed_until -> Nullable<BigInt>,
        idle_timer_at -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    messages (id) {
        id -> IdSql,
        organization_id -> IdSql,
        session_id -> IdSql,
        seq -> BigInt,
        channel_id -> IdSql,
        handoff_id -> Nullable<IdSql>,
        direction -> Text,
        sender_kind -> Text,
        sender_id -> Nullable<IdSql>,
        sender_name -> Text,
        kind -> Text,
        text -> Text,
        attachments -> Nullable<Text>,
        reply_to -> Nullable<IdSql>,
        private -> Bool,
        status -> Text,
        error -> Nullable<Text>,
        external_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        extra -> Nullable<Text>,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
        edited_at -> Nullable<BigInt>,
        deleted -> Bool,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    handoffs (id) {
        id -> IdSql,
        organization_id -> IdSql,
        session_id -> IdSql,
        queue_id -> Nullable<IdSql>,
        state -> Text,
        attendant_id -> Nullable<IdSql>,
        offer_until -> Nullable<BigInt>,
        returns_to -> Nullable<IdSql>,
        priority -> BigInt,
        skills -> Text,
        skipped -> Text,
        reason -> Text,
        cause -> Text,
        destination -> Nullable<Text>,
        preferred_attendant_id -> Nullable<IdSql>,
        escalations -> BigInt,
        transfers -> BigInt,
        created_at -> BigInt,
        queued_at -> BigInt,
        accepted_at -> Nullable<BigInt>,
        first_reply_at -> Nullable<BigInt>,
        resolved_at -> Nullable<BigInt>,
        resolved_by -> Nullable<IdSql>,
        outcome -> Nullable<Text>,
        note -> Nullable<Text>,
        state_since -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    handoff_history (id) {
        id -> IdSql,
        organization_id -> IdSql,
        handoff_id -> IdSql,
        session_id -> IdSql,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<IdSql>,
        cause -> Text,
        from_state -> Text,
        to_state -> Text,
        detail -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    attachments (id) {
        id -> IdSql,
        organization_id -> IdSql,
        session_id -> Nullable<IdSql>,
        sha256 -> Text,
        mime -> Text,
        size -> BigInt,
        name -> Text,
        created_by -> Nullable<IdSql>,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    events (organization_id, seq) {
        organization_id -> IdSql,
        seq -> BigInt,
        at -> BigInt,
        #[sql_name = "type"]
        kind -> Text,
        audience -> Text,
        payload -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    inbox (id) {
        id -> IdSql,
        organization_id -> IdSql,
        channel_id -> IdSql,
        received_at -> BigInt,
        body -> Binary,
        state -> Text,
        error -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    outbox (id) {
        id -> IdSql,
        organization_id -> IdSql,
        channel_id -> IdSql,
        session_id -> Nullable<IdSql>,
        message_id -> Nullable<IdSql>,
        payload -> Text,
        state -> Text,
        attempts -> BigInt,
        parts_sent -> BigInt,
        next_at -> BigInt,
        error -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    timers (kind, subject_id) {
        organization_id -> IdSql,
        kind -> Text,
        subject_id -> IdSql,
        due_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    visitors (id) {
        id -> IdSql,
        organization_id -> IdSql,
        channel_id -> IdSql,
        token_hash -> Text,
        contact_id -> IdSql,
        session_id -> IdSql,
        consent -> Nullable<Text>,
        page -> Nullable<Text>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    canned_responses (id) {
        id -> IdSql,
        organization_id -> IdSql,
        name -> Text,
        text -> Text,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    idempotency (organization_id, principal_id, key) {
        organization_id -> IdSql,
        principal_id -> IdSql,
        key -> Text,
        request_hash -> Text,
        status -> BigInt,
        body -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    audit (id) {
        id -> IdSql,
        organization_id -> IdSql,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> Nullable<IdSql>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<Text>,
        detail -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    attendant_messages (channel_id, external_id) {
        channel_id -> IdSql,
        external_id -> Text,
        organization_id -> IdSql,
        user_id -> IdSql,
        received_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    notices (outbox_id) {
        outbox_id -> IdSql,
        organization_id -> IdSql,
        channel_id -> IdSql,
        user_id -> IdSql,
        session_id -> IdSql,
        external_id -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    media_downloads (id) {
        id -> IdSql,
        organization_id -> IdSql,
        channel_id -> IdSql,
        session_id -> IdSql,
        message_id -> IdSql,
        media -> Text,
        attempts -> BigInt,
        next_at -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    ratings (handoff_id) {
        handoff_id -> IdSql,
        organization_id -> IdSql,
        session_id -> IdSql,
        contact_id -> IdSql,
        channel -> Text,
        queue_id -> Nullable<IdSql>,
        attendant_id -> Nullable<IdSql>,
        score -> BigInt,
        comment -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        kind -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    push_subscriptions (id) {
        id -> IdSql,
        organization_id -> IdSql,
        user_id -> IdSql,
        endpoint -> Text,
        p256dh -> Text,
        auth -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    bot_scripts (id) {
        id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        name -> Text,
        version -> BigInt,
        source -> Text,
        is_published -> Bool,
        author_id -> IdSql,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    bot_errors (id) {
        id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        session_id -> Nullable<IdSql>,
        script -> Text,
        version -> BigInt,
        line -> BigInt,
        error -> Text,
        at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    bot_memory (bot_id, subject_id, name) {
        organization_id -> IdSql,
        bot_id -> IdSql,
        subject_id -> IdSql,
        name -> Text,
        value -> Text,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    bot_rows (id) {
        id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        name -> Text,
        data -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    access_links (user_id) {
        user_id -> IdSql,
        organization_id -> IdSql,
        token_hash -> Text,
        created_by -> IdSql,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    second_factors (user_id) {
        user_id -> IdSql,
        organization_id -> IdSql,
        secret -> Text,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
        recovery -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    contact_notes (id) {
        id -> IdSql,
        organization_id -> IdSql,
        contact_id -> IdSql,
        author_id -> IdSql,
        author_name -> Text,
        text -> Text,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    script_runs (id) {
        id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        script -> Text,
        version -> BigInt,
        cause -> Text,
        name -> Text,
        input -> Text,
        depth -> BigInt,
        rounds -> BigInt,
        machine -> Nullable<Text>,
        waits_for -> Nullable<Text>,
        signal -> Nullable<Text>,
        due_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    script_schedules (bot_id, script) {
        bot_id -> IdSql,
        script -> Text,
        organization_id -> IdSql,
        plan -> Text,
        next_at -> Nullable<BigInt>,
        last_run_at -> Nullable<BigInt>,
        last_end_at -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    script_cursors (organization_id) {
        organization_id -> IdSql,
        seq -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    script_waits (session_id) {
        session_id -> IdSql,
        organization_id -> IdSql,
        bot_id -> IdSql,
        event -> Text,
        signal -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::sql::IdSql;

    leads (id) {
        id -> IdSql,
        organization_id -> IdSql,
        contact_id -> IdSql,
        source -> Text,
        status -> Text,
        score -> BigInt,
        reasons -> Text,
        stage -> Text,
        campaign -> Nullable<Text>,
        utm -> Text,
        ad -> Nullable<Text>,
        owner_id -> Nullable<IdSql>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(
    organizations,
    installation,
    users,
    destinations,
    refresh_tokens,
    api_tokens,
    bots,
    channels,
    contacts,
    contact_identities,
    queues,
    queue_members,
    skills,
    sessions,
    messages,
    handoffs,
    handoff_history,
    attachments,
    media_downloads,
    ratings,
    events,
    inbox,
    outbox,
    timers,
    visitors,
    canned_responses,
    idempotency,
    audit,
    attendant_messages,
    notices,
    push_subscriptions,
    bot_scripts,
    bot_errors,
    bot_memory,
    bot_rows,
    script_runs,
    script_schedules,
    script_cursors,
    script_waits,
    access_links,
    second_factors,
    contact_notes,
    leads
);
