// Shapes on the wire that screens use; the whole of them is `/api/openapi.json`.

export type Role = "viewer" | "attendant" | "supervisor" | "admin";
export type AttendantStatus = "online" | "busy" | "away" | "offline";
export type Status = "bot" | "waiting" | "assigned" | "active" | "pending" | "resolved";
export type Column = "new" | "active" | "pending" | "resolved";
/** 0 low, 1 normal, 2 high, 3 urgent. */
export type Priority = 0 | 1 | 2 | 3;
export type Strategy = "round_robin" | "least_loaded" | "priority";
export type Health = "ok" | "degraded" | "down";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface FieldError {
  field: string;
  code: string;
  message: string;
  line?: number | null;
  column?: number | null;
}

export interface Skill {
  name: string;
  level: number;
}

export interface User {
  id: string;
  name: string;
  email: string | null;
  role: Role;
  locale: string;
  department: string | null;
  preferences: Record<string, unknown>;
  aliases: string[];
  external_id: string | null;
  channels: string[];
  skills: Skill[];
  destinations: { kind: string; address: string; channel_id: string | null }[];
  default_destination: string;
  has_password: boolean;
  has_totp: boolean;
  is_active: boolean;
  status: AttendantStatus;
  created_at: string;
  updated_at: string;
}

/** What an authenticator app is given; `qr` is SVG. */
export interface Enrolment {
  secret: string;
  uri: string;
  qr: string | null;
}

/** Whose access link it is. */
export interface LinkView {
  name: string;
  email: string | null;
  organization: string;
  password_min_chars: number;
  has_password: boolean;
}

export interface Me extends User {
  organization: { id: string; name: string };
  is_operator: boolean;
  queue_ids: string[];
  max_conversations: number;
  permissions: string[];
}

export interface LoginAnswer {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  user: Me;
}

export interface Reference {
  id: string;
  name: string;
}

export interface CustomerBrief {
  id: string;
  name: string;
  phone: string | null;
  email: string | null;
  tier: string | null;
}

/** A conversation as queues and boards show it. */
export interface QueueItem {
  session_id: string;
  /** The contact. */
  user_id: string;
  bot_id: string;
  channel: string;
  user_name: string;
  user_email: string | null;
  user_phone: string | null;
  tier: string | null;
  last_message: string;
  last_message_at: string;
  waiting_time_seconds: number;
  priority: Priority;
  status: Status;
  needs_human: boolean;
  queue: Reference | null;
  position: number | null;
  assigned_to: string | null;
  assigned_to_name: string | null;
  offer_until: string | null;
  tags: string[];
  subject: string | null;
  unread: number;
  ticket_number: string | null;
  sla: unknown;
  sentiment: number | null;
  transfer_reason: string | null;
  snoozed_until: string | null;
  created_at: string;
}

export interface SessionItem extends QueueItem {
  contact: CustomerBrief;
}

export interface Handoff {
  id: string;
  state: Status;
  cause: string;
  transfer_reason: string;
  queue: Reference | null;
  attendant_id: string | null;
  attendant_name: string | null;
  priority: Priority;
  skills: Skill[];
  transfers: number;
  destination: string | null;
  note: string | null;
  outcome: string | null;
  created_at: string;
  accepted_at: string | null;
  first_reply_at: string | null;
  resolved_at: string | null;
}

export interface HistoryLine {
  handoff_id: string;
  at: string;
  from: Status;
  to: Status;
  cause: string;
  actor_kind: SenderKind;
  actor_id: string | null;
  actor_name: string | null;
  detail: unknown;
}

export interface SessionDetail extends SessionItem {
  channel_id: string;
  estimated_wait_seconds: number | null;
  handoff: Handoff | null;
  handoffs: Handoff[];
  history: HistoryLine[];
  routing: unknown;
  variables: Record<string, string>;
  window_open: boolean;
  window_closes_at: string | null;
}

/** What the attendance endpoints answer. */
export interface SessionState {
  session_id: string;
  handoff_id: string | null;
  status: Status;
  needs_human: boolean;
  queue_id: string | null;
  assigned_to: string | null;
  assigned_to_name: string | null;
  offer_until: string | null;
  position: number | null;
  estimated_wait_seconds: number | null;
  priority: Priority;
  tags: string[];
  snoozed_until: string | null;
}

export type SenderKind = "contact" | "bot" | "attendant" | "system";
export type MessageStatus = "received" | "queued" | "sent" | "delivered" | "read" | "failed";
export type MessageKind =
  | "text"
  | "image"
  | "audio"
  | "voice"
  | "video"
  | "document"
  | "sticker"
  | "location"
  | "contact_card"
  | "interactive_reply"
  | "reaction"
  | "template"
  | "note"
  | "system"
  | "unsupported";

export interface Attachment {
  id: string | null;
  mime: string;
  name: string;
  size: number;
  reference?: string | null;
}

export interface Message {
  id: string;
  session_id: string;
  seq: number;
  direction: "in" | "out";
  sender: { kind: SenderKind; id: string | null; name: string };
  kind: MessageKind;
  text: string;
  attachments: Attachment[];
  reply_to: string | null;
  private: boolean;
  status: MessageStatus;
  error: { code: string; reason: string } | null;
  external_id: string | null;
  client_id: string | null;
  created_at: string;
  sent_at: string | null;
  edited_at: string | null;
  deleted: boolean;
  extra?: any;
}

export interface Messages {
  items: Message[];
  has_more: boolean;
}

export interface QueueMember {
  user_id: string;
  max_conversations: number;
  priority: number;
  is_active: boolean;
}

export interface Fallback {
  action: "message" | "callback" | "queue" | "bot";
  queue_id?: string | null;
  text?: string | null;
}

export interface Queue {
  id: string;
  name: string;
  description: string;
  channels: string[];
  user_ids: string[];
  members: QueueMember[];
  is_active: boolean;
  priority_order: number;
  max_wait_seconds: number;
  auto_assign: boolean;
  strategy: Strategy;
  skills: Skill[];
  hours: { timezone: string; week?: Record<string, [string, string][]>; holidays?: string[] } | null;
  size_limit: number | null;
  overflow_queue_id: string | null;
  fallback: { nobody_online?: Fallback | null; out_of_hours?: Fallback | null };
  department: string | null;
  topics: string[];
  length: number;
  oldest_waiting_since: string | null;
  estimated_wait_seconds: number | null;
  attendants_online: number;
  is_open: boolean;
  created_at: string;
  updated_at: string;
}

export interface Attendant {
  id: string;
  external_id: string | null;
  name: string;
  channel: string;
  preferences: unknown;
  department: string | null;
  aliases: string[];
  skills: Skill[];
  status: AttendantStatus;
  status_since: string;
  active_conversations: number;
  max_conversations: number;
  destination: string;
  queues: string[];
}

export interface Contact {
  id: string;
  first_name: string;
  last_name: string;
  name: string;
  email: string | null;
  phone: string | null;
  tier: string | null;
  ltv: string | null;
  tags: string[];
  custom_fields: Record<string, unknown>;
  identities?: { kind: string; address: string }[];
  source: string;
  merged_into: string | null;
  opted_out_at: string | null;
  created_at: string;
  updated_at: string;
}

/** A contact as a possible sale. */
export interface Lead {
  id: string;
  contact: { id: string; name: string; phone: string | null; email: string | null };
  status: "quente" | "morno" | "frio" | "em_atendimento";
  /** 0 to 100, the sum of its reasons. */
  score: number;
  reasons: { reason: string; points: number }[];
  stage: "atracao" | "relacionamento" | "conversao";
  source: string;
  campaign: string | null;
  utm: Record<string, string>;
  ad: { kind?: string; id?: string; url?: string; title?: string; text?: string; click_id?: string } | null;
  owner_id: string | null;
  created_at: string;
  updated_at: string;
}

export interface ContactNote {
  id: string;
  text: string;
  author: { id: string; name: string };
  created_at: string;
}

/** One credential or setting of a kind of channel. */
export interface ChannelField {
  name: string;
  label: string;
  help: string;
  required: boolean;
  secret: boolean;
  form: "text" | "digits" | "url" | "list";
  generate: boolean;
}

export interface ChannelKind {
  kind: string;
  provider: string;
  label: string;
  text: string;
  credentials: ChannelField[];
  settings: ChannelField[];
}

/** Two contacts who may be one person; `contact` is the older record. */
export interface Duplicate {
  contact: Contact;
  other: Contact;
  reasons: ("phone" | "email" | "name")[];
}

export interface TimelineItem {
  at: string;
  kind:
    | "contact_created"
    | "contact_merged"
    | "session_started"
    | "handoff_started"
    | "handoff_accepted"
    | "handoff_resolved"
    | "note"
    | "rating";
  session_id: string | null;
  channel: string | null;
  handoff_id: string | null;
  attendant: string | null;
  text: string | null;
  /** Of a rating: 1 to 5 of `csat`, 0 to 10 of `nps`. */
  score: number | null;
  scale: "csat" | "nps" | null;
}

export interface Bot {
  id: string;
  name: string;
  engine: "reply" | "basic" | "agent" | "journey" | "off";
  locale: string;
  settings: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

export interface Channel {
  id: string;
  bot_id: string;
  kind: string;
  provider: string;
  name: string;
  credentials: Record<string, { set: boolean; last4?: string }>;
  settings: Record<string, unknown>;
  is_active: boolean;
  health: Health;
  health_reason: string | null;
  health_since: string;
  webhook_path: string;
  webhook_url: string;
  created_at: string;
  updated_at: string;
}

export interface Spread {
  samples: number;
  mean_seconds: number | null;
  p50_seconds: number | null;
  p90_seconds: number | null;
  max_seconds: number | null;
}

export interface Figures {
  handoffs: number;
  accepted: number;
  resolved: number;
  abandoned: number;
  open: number;
  transfers: number;
  /** Shares are 0 to 1, null without a single sample. */
  transfer_rate: number | null;
  resolution_rate: number | null;
  abandonment_rate: number | null;
  /** Share of happy ratings. */
  csat: number | null;
  /** 1 to 5. */
  mean_rating: number | null;
  ratings: number;
  /** -100 to 100, of answers of 0 to 10. */
  nps: number | null;
  recommendations: number;
  wait_within_target: number | null;
  first_response_within_target: number | null;
  wait: Spread;
  first_response: Spread;
  handling: Spread;
}

export interface Targets {
  wait_seconds: number;
  first_response_seconds: number;
  resolution_rate: number;
  csat: number;
  utilisation: number;
  /** At most this. */
  transfer_rate: number;
}

/** What a channel, a queue or an attendant has right now. */
export interface GroupNow {
  waiting: number;
  active: number;
  pending: number;
  utilisation: number | null;
}

export interface FigureGroup {
  key: string;
  name: string;
  figures: Figures;
  now: GroupNow | null;
}

export interface Insights {
  from: string;
  to: string;
  now: {
    waiting: number;
    oldest_waiting_since: string | null;
    active_conversations: number;
    attendants_online: number;
    attendants_busy: number;
    utilisation: number | null;
  };
  targets: Targets;
  total: Figures;
  groups: FigureGroup[];
}

/** Of one hour; null while the weeks before say nothing of it. */
export interface StaffingHour {
  at: string;
  arrivals: number | null;
  handling_seconds: number | null;
  needed: number | null;
}

export interface StaffingGoal {
  wait_seconds: number;
  /** Of the customers, 0 to 1. */
  share: number;
  occupancy: number;
}

export interface Staffing {
  basis: {
    /** False: too little to plan by. */
    enough: boolean;
    handoffs: number;
    handled: number;
    weeks: number;
    since: string | null;
    handling_seconds: number | null;
  };
  goal: StaffingGoal;
  /** capacity: conversations that one has at once, on average. */
  team: { members: number; online: number; capacity: number };
  hours: StaffingHour[];
}

export interface WhatIf {
  goal: StaffingGoal;
  erlangs: number;
  service: {
    /** False: the queue only grows. */
    stable: boolean;
    waiting_probability: number;
    service_level: number;
    average_wait_seconds: number | null;
    occupancy: number;
  };
  needed: number;
}

export interface Hello {
  type: "hello";
  seq: number;
  user: { id: string; name: string };
  server_time: string;
  /** Seconds. */
  heartbeat: number;
}

interface Happened {
  /** 0: not of the stream, only passing by. */
  seq: number;
  at: string;
}

/** What every `conversation_*` event and `new_conversation` carry. */
export interface ConversationEvent extends Happened {
  type:
    | "new_conversation"
    | "conversation_assigned"
    | "conversation_accepted"
    | "conversation_transferred"
    | "conversation_pending"
    | "conversation_resolved"
    | "conversation_updated";
  session_id: string;
  handoff_id: string | null;
  bot_id: string;
  channel: string;
  needs_human: boolean;
  status: Status;
  customer: CustomerBrief;
  message: string;
  last_message_at: string;
  queue: Reference | null;
  assigned_to: string | null;
  assigned_to_name: string | null;
  offer_until: string | null;
  priority: Priority;
  tags: string[];
  subject: string | null;
  unread: number;
  snoozed_until: string | null;
  transfer_reason: string | null;
  queued_at: string | null;
  position?: number | null;
  cause?: string;
  by?: { kind: SenderKind; id: string | null };
}

export interface MessageCreated extends Happened {
  type: "message_created";
  session_id: string;
  message: Message;
  channel: string;
  status: Status;
  unread: number;
  customer: CustomerBrief;
}

export interface MessageUpdated extends Happened {
  type: "message_updated";
  session_id: string;
  message: Message;
}

export interface MessageStatusEvent extends Happened {
  type: "message_status";
  session_id: string;
  message_id: string;
  client_id: string | null;
  status: MessageStatus;
  error: { code: string; reason: string } | null;
}

export interface KanbanMoved extends Happened {
  type: "kanban_moved";
  session_id: string;
  from_status: Column;
  to_status: Column | null;
}

export interface Typing extends Happened {
  type: "typing";
  session_id: string;
  from: "attendant" | "contact";
  name: string | null;
  on?: boolean;
}

export interface QueueUpdated extends Happened {
  type: "queue_updated";
  queue: Reference;
  length: number;
  oldest_waiting_since: string | null;
  estimated_wait_seconds: number | null;
}

export interface AttendantStatusEvent extends Happened {
  type: "attendant_status";
  attendant: Reference;
  status: AttendantStatus;
  active_conversations: number;
  max_conversations: number;
}

export interface SystemAlert extends Happened {
  type: "system_alert";
  code: string;
  [field: string]: unknown;
}

/** Somebody changed a thing that is not a conversation; what it is now is asked for. */
export interface ThingUpdated extends Happened {
  type: "configuration_updated" | "contact_updated";
  subject: { kind: string; id: string | null };
  action: string;
}
export interface LeadUpdated extends Happened {
  type: "lead_updated";
  subject: { kind: "lead"; id: string };
  contact_id: string;
  action: string;
}
export type ServerEvent =
  | ThingUpdated
  | LeadUpdated
  | ConversationEvent
  | MessageCreated
  | MessageUpdated
  | MessageStatusEvent
  | KanbanMoved
  | Typing
  | QueueUpdated
  | AttendantStatusEvent
  | SystemAlert;
