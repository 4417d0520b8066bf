// Package notify sends messages: it fetches due notices from the outbox, writes
// each message from the data as it is at that moment, sends it and records the
// outcome.
//
//	          every second
//	outbox ──► Dispatcher ──► queue ──► Worker ──► gate ──► Composer ──► Channel
//	  ▲                                   │                                 │
//	  │   every 5 s while the queue is    │                                 │
//	  ├──────────────── silent or down ◄──┘                                 │
//	  └──────────────────────── recorder ◄──────────────────────────────────┘
//
// The outbox is a set of tables in the database; the queue holds ids only, and
// losing it costs time, never a message. A hand-over starts when the gate's
// transaction commits. The worker must start to send within FreshFor of the gate,
// measured on a clock that never jumps, or abandon the attempt.
//
// What can go wrong, and what then happens:
//
//	the queue is down        workers ask the outbox directly; the status is degraded
//	the mail server is down  attempts end as Retry, with longer pauses each time
//	the outbox is down       nothing starts; outcomes wait until they can be recorded
//	a message panics         that one attempt ends as Retry, the others go on
//	the program is stopped   no new message starts, open ones end within 30 s
//	the program is killed    open attempts are repeated later, with the same Message-ID
//
// Without a mail server Kept writes mail to files, and staff read it on a page. No
// log line contains a name, an address or a server's reply.
package notify
