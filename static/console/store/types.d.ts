// What the screens hold; made of the wire's shapes by `reduce.js`.

import type { CustomerBrief, Message, MessageStatus, Priority, Reference, Status } from "../api/types";

/** A conversation as lists and boards show it. */
export interface Conversation {
  session_id: string;
  contact: CustomerBrief;
  bot_id: string;
  channel: string;
  status: Status;
  needs_human: boolean;
  last_message: string;
  last_message_at: string;
  queue: Reference | null;
  /** From 1 while it waits; as of the last time the server said so. */
  position: number | null;
  assigned_to: string | null;
  assigned_to_name: string | null;
  offer_until: string | null;
  priority: Priority;
  tags: string[];
  subject: string | null;
  unread: number;
  snoozed_until: string | null;
  transfer_reason: string | null;
  /** Since when the customer waits for a person; null when nobody waits. Count with `clock`. */
  waiting_since: string | null;
  /** How long it took, once accepted. */
  waited_seconds: number | null;
  ticket_number: string | null;
  sla: unknown;
  sentiment: number | null;
}

/** A message on its way: not with the server yet. */
export interface Outgoing {
  client_id: string;
  session_id: string;
  text: string;
  /** Ids of uploaded files. */
  attachments: string[];
  reply_to: string | null;
  private: boolean;
  template: unknown;
  created_at: string;
  /** Why it was refused; null while it is being tried. */
  problem: { code: string; detail: string } | null;
}

/** Of a conversation that is open on a screen. */
export interface Thread {
  /** By `seq`. */
  items: Message[];
  /** There are older ones. */
  has_more: boolean;
  loaded: boolean;
}

export interface TypingBy {
  from: "attendant" | "contact";
  name: string | null;
  /** Milliseconds of the local clock. */
  until: number;
}

export type { Message, MessageStatus };
