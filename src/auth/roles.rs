//! What each role may do, and the one check that REST, sockets, chat commands and scripts all ask. It answers for a kind of
//! action; whether this conversation is theirs is [`Principal::sees_queue`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, QueueId, UserId};
use crate::store::events::Audience;

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what supervisors read, changes nothing.
    Viewer,
    Attendant,
    Supervisor,
    Admin,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Attendant, Role::Supervisor, Role::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Attendant => "attendant",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }
}

impl Role {
    pub fn parse(text: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

crate::store::sql::impl_text_sql!(Role);

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role {0}")]
pub struct UnknownRole(String);

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Role::parse(text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// Defines [`Permission`], [`Permission::ALL`] and the table behind [`Permission::rule`] from one list.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $scope:ident $access:ident, $($role:ident)+;)+) => {
        /// One kind of thing a route, a frame, a command or a script does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name),+ }

        impl Permission {
            pub const ALL: &'static [Permission] = &[$(Permission::$name),+];

            /// The scope an API token needs for it, and the roles that have it.
            const fn rule(self) -> (Scope, &'static [Role]) {
                match self {
                    $(Permission::$name => (Scope { area: Area::$scope, access: Access::$access }, &[$(Role::$role),+])),+
                }
            }
        }
    };
}

permissions! {
    /// `GET /api/auth/me`, own preferences and password.
    UseOwnAccount: Account Write, Viewer Attendant Supervisor Admin;

    /// Queue items, Kanban, sessions and their messages.
    ViewConversations: Conversations Read, Viewer Attendant Supervisor Admin;
    /// Replies, notes, attachments, read, typing, tags, priority, snooze.
    Converse: Conversations Write, Attendant Supervisor Admin;
    /// Accept, decline, pending, resolve, transfer, Kanban moves of what they see.
    ServeConversations: Conversations Write, Attendant Supervisor Admin;
    /// Puts a session into human hands.
    RequestHandoff: Conversations Write, Attendant Supervisor Admin;
    /// Gives a conversation to somebody else without their asking.
    AssignConversations: Conversations Write, Supervisor Admin;
    /// Whisper, listen, join.
    MonitorConversations: Conversations Write, Supervisor Admin;

    ViewAttendants: Attendants Read, Viewer Attendant Supervisor Admin;
    SetOwnStatus: Attendants Write, Attendant Supervisor Admin;
    SetStatusOfOthers: Attendants Write, Supervisor Admin;
    ViewQueues: Queues Read, Viewer Attendant Supervisor Admin;
    /// Queues, members, hours, skills, SLA policies, holidays.
    ManageQueues: Queues Write, Supervisor Admin;

    UseAssist: Assist Write, Attendant Supervisor Admin;
    /// Canned responses and macros.
    UseCannedResponses: Knowledge Read, Viewer Attendant Supervisor Admin;
    ManageCannedResponses: Knowledge Write, Supervisor Admin;
    ViewKnowledge: Knowledge Read, Viewer Attendant Supervisor Admin;
    ManageKnowledge: Knowledge Write, Supervisor Admin;

    ViewTickets: Tickets Read, Viewer Attendant Supervisor Admin;
    EditTickets: Tickets Write, Attendant Supervisor Admin;
    DeleteTickets: Tickets Write, Supervisor Admin;

    ViewContacts: Crm Read, Viewer Attendant Supervisor Admin;
    EditContacts: Crm Write, Attendant Supervisor Admin;
    MergeContacts: Crm Write, Supervisor Admin;
    /// Erasure under the LGPD included.
    DeleteContacts: Crm Write, Admin;
    ViewDeals: Crm Read, Viewer Attendant Supervisor Admin;
    EditDeals: Crm Write, Attendant Supervisor Admin;
    ManagePipeline: Crm Write, Supervisor Admin;

    /// Meeting rooms, calls, callbacks.
    UseMeetings: Meetings Write, Attendant Supervisor Admin;
    ViewRecordings: Meetings Read, Viewer Supervisor Admin;

    /// Insights, dashboards, saved reports.
    ViewReports: Reports Read, Viewer Supervisor Admin;
    ManageReports: Reports Write, Supervisor Admin;
    /// Files with many people's data.
    ExportData: Reports Write, Supervisor Admin;

    ViewCampaigns: Campaigns Read, Viewer Supervisor Admin;
    /// Campaigns, segments, consents, journeys.
    ManageCampaigns: Campaigns Write, Supervisor Admin;

    /// Bots, scripts, prompts, agents, rules.
    ViewBots: Bots Read, Viewer Supervisor Admin;
    ManageBots: Bots Write, Admin;
    ViewChannels: Channels Read, Viewer Supervisor Admin;
    ManageChannels: Channels Write, Admin;
    /// `POST /api/channels/{id}/messages`: speaks for customers of the `api` channel.
    SendInboundMessages: Channels Write, Admin;

    ViewUsers: Users Read, Viewer Supervisor Admin;
    ManageUsers: Users Write, Admin;
    ViewSettings: Settings Read, Viewer Supervisor Admin;
    ManageSettings: Settings Write, Admin;
    ManageTokens: Settings Write, Admin;
    ManageWebhooks: Settings Write, Admin;
    ViewAudit: Settings Read, Admin;
    ViewHealth: Settings Read, Admin;
    /// Tenants; only the operator of the installation, whatever the role.
    ManageOrganizations: Organizations Write, Admin;
}

/// Defines the areas API tokens are scoped by, with their wire names.
macro_rules! areas {
    ($($name:ident $text:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Area { $($name),+ }

        impl Area {
            pub const ALL: &'static [Area] = &[$(Area::$name),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Area::$name => $text),+ }
            }
        }
    };
}

areas! {
    Account "account", Conversations "conversations", Attendants "attendants", Queues "queues", Assist "assist",
    Knowledge "knowledge", Tickets "tickets", Crm "crm", Meetings "meetings", Reports "reports",
    Campaigns "campaigns", Bots "bots", Channels "channels", Users "users", Settings "settings",
    Organizations "organizations",
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    Read,
    Write,
}

/// What an API token was made for: `tickets:read`, `crm:write`. Write includes read. Narrows its owner's role, never widens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    pub area: Area,
    pub access: Access,
}

impl Scope {
    /// Every scope a token can be given.
    pub fn all() -> impl Iterator<Item = Scope> {
        let both = |area: &Area| [Access::Read, Access::Write].map(|access| Scope { area: *area, access });
        Area::ALL.iter().flat_map(both)
    }

    fn covers(self, needed: Scope) -> bool {
        self.area == needed.area && (self.access == Access::Write || needed.access == Access::Read)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.area.as_str(), if self.access == Access::Read { "read" } else { "write" })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0}")]
pub struct UnknownScope(String);

impl std::str::FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Scope::all().find(|scope| scope.to_string() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whose conversations a principal sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visibility {
    All,
    /// Those waiting in or served by these queues, and their own.
    Only(Vec<QueueId>),
}

/// The action is not allowed. 403 on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    #[error("role {role} may not {permission:?}")]
    Role { role: Role, permission: Permission },
    #[error("token lacks scope {0}")]
    Scope(Scope),
    #[error("only the operator of the installation may do this")]
    Operator,
}

/// Who is asking: a person, or an API token acting for the person who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub organization: OrganizationId,
    pub user: UserId,
    pub role: Role,
    /// The API token's scopes; none for a person who logged in.
    pub scopes: Option<Vec<Scope>>,
    pub queues: Visibility,
    /// The first administrator also runs the installation.
    pub operator: bool,
}

impl Principal {
    /// A person who logged in. `member_of` are the queues they serve: all an attendant sees besides their own conversations.
    pub fn person(organization: OrganizationId, user: UserId, role: Role, member_of: Vec<QueueId>) -> Self {
        let queues = if role == Role::Attendant { Visibility::Only(member_of) } else { Visibility::All };
        Principal { organization, user, role, scopes: None, queues, operator: false }
    }

    /// The same person through an API token.
    pub fn limited_to(self, scopes: Vec<Scope>) -> Self {
        Principal { scopes: Some(scopes), ..self }
    }

    /// The one permission check.
    pub fn may(&self, permission: Permission) -> Result<(), Forbidden> {
        let (scope, roles) = permission.rule();
        if !roles.contains(&self.role) {
            return Err(Forbidden::Role { role: self.role, permission });
        }
        if permission == Permission::ManageOrganizations && !self.operator {
            return Err(Forbidden::Operator);
        }
        match &self.scopes {
            Some(scopes) if !scopes.iter().any(|granted| granted.covers(scope)) => Err(Forbidden::Scope(scope)),
            _ => Ok(()),
        }
    }

    /// Whether a conversation in `queue` (none: with the bot), assigned to `assigned_to`, is theirs to see. What is not is
    /// answered like what does not exist.
    pub fn sees_queue(&self, queue: Option<QueueId>, assigned_to: Option<UserId>) -> bool {
        match &self.queues {
            Visibility::All => true,
            Visibility::Only(queues) => {
                assigned_to == Some(self.user) || queue.is_some_and(|queue| queues.contains(&queue))
            }
        }
    }

    /// Whether an event is theirs to hear: the same rule.
    pub fn hears(&self, audience: &Audience) -> bool {
        match (audience, &self.queues) {
            (Audience::All, _) => true,
            (Audience::Supervisors, _) => self.role != Role::Attendant,
            (Audience::Conversation { .. }, Visibility::All) => true,
            (Audience::Conversation { queues, attendants }, Visibility::Only(own)) => {
                attendants.contains(&self.user) || queues.iter().any(|queue| own.contains(queue))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Permission::*;
    use super::*;

    fn person(role: Role, queues: Vec<QueueId>) -> Principal {
        Principal::person(OrganizationId::new(), UserId::new(), role, queues)
    }

    /// Written out by role, the other way round than the table, so that a slip in one shows against the other.
    fn expected(role: Role) -> Vec<Permission> {
        let mut allowed = vec![
            UseOwnAccount,
            ViewConversations,
            ViewAttendants,
            ViewQueues,
            UseCannedResponses,
            ViewKnowledge,
            ViewTickets,
            ViewContacts,
            ViewDeals,
        ];
        if role != Role::Viewer {
            allowed.extend([Converse, ServeConversations, RequestHandoff, SetOwnStatus, UseAssist, EditTickets]);
            allowed.extend([EditContacts, EditDeals, UseMeetings]);
        }
        if role != Role::Attendant {
            allowed.extend([ViewRecordings, ViewReports, ViewCampaigns, ViewBots, ViewChannels, ViewUsers]);
            allowed.push(ViewSettings);
        }
        if matches!(role, Role::Supervisor | Role::Admin) {
            allowed.extend([AssignConversations, MonitorConversations, SetStatusOfOthers, ManageQueues]);
            allowed.extend([ManageCannedResponses, ManageKnowledge, DeleteTickets, MergeContacts, ManagePipeline]);
            allowed.extend([ManageReports, ExportData, ManageCampaigns]);
        }
        if role == Role::Admin {
            allowed.extend([DeleteContacts, ManageBots, ManageChannels, SendInboundMessages, ManageUsers]);
            allowed.extend([ManageSettings, ManageTokens, ManageWebhooks, ViewAudit, ViewHealth]);
        }
        allowed
    }

    #[test]
    fn each_role_may_do_exactly_what_is_written_for_it() {
        for role in Role::ALL {
            let (principal, expected) = (person(role, vec![]), expected(role));
            for permission in Permission::ALL {
                assert_eq!(principal.may(*permission).is_ok(), expected.contains(permission), "{role} {permission:?}");
            }
        }
    }

    #[test]
    fn only_the_operator_manages_organizations() {
        let admin = person(Role::Admin, vec![]);
        assert_eq!(admin.may(ManageOrganizations), Err(Forbidden::Operator));
        assert_eq!(Principal { operator: true, ..admin }.may(ManageOrganizations), Ok(()));
        let viewer = Principal { operator: true, ..person(Role::Viewer, vec![]) };
        assert!(viewer.may(ManageOrganizations).is_err());
    }

    #[test]
    fn a_viewer_changes_nothing_but_their_own_account() {
        let viewer = person(Role::Viewer, vec![]);
        for permission in Permission::ALL.iter().filter(|permission| viewer.may(**permission).is_ok()) {
            let scope = permission.rule().0;
            assert!(scope.access == Access::Read || scope.area == Area::Account, "{permission:?}");
        }
    }

    #[test]
    fn a_token_narrows_its_owner_and_never_widens_them() {
        let admin = person(Role::Admin, vec![]).limited_to(vec!["tickets:write".parse().unwrap()]);
        assert_eq!(admin.may(ViewTickets), Ok(()), "write includes read");
        assert_eq!(admin.may(EditTickets), Ok(()));
        assert!(matches!(admin.may(ViewContacts), Err(Forbidden::Scope(_))));
        let reader = person(Role::Admin, vec![]).limited_to(vec!["tickets:read".parse().unwrap()]);
        assert!(reader.may(EditTickets).is_err());
        let attendant = person(Role::Attendant, vec![]).limited_to(Scope::all().collect());
        assert!(matches!(attendant.may(ManageUsers), Err(Forbidden::Role { .. })));
        assert!(person(Role::Admin, vec![]).limited_to(vec![]).may(ViewTickets).is_err());
    }

    #[test]
    fn attendants_see_their_queues_and_their_own_and_others_see_all() {
        let (mine, other) = (QueueId::new(), QueueId::new());
        let attendant = person(Role::Attendant, vec![mine]);
        let me = Some(attendant.user);
        for (queue, assigned_to, sees) in [
            (Some(mine), None, true),
            (Some(mine), Some(UserId::new()), true),
            (Some(other), None, false),
            (Some(other), me, true),
            (None, me, true),
            (None, None, false),
        ] {
            assert_eq!(attendant.sees_queue(queue, assigned_to), sees, "{queue:?} {assigned_to:?}");
            for role in [Role::Viewer, Role::Supervisor, Role::Admin] {
                assert!(person(role, vec![]).sees_queue(queue, assigned_to), "{role}");
            }
        }
    }

    #[test]
    fn names_are_read_back() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        for scope in Scope::all() {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        assert!("tickets:own".parse::<Scope>().is_err() && "root".parse::<Role>().is_err());
    }
}
