// Package notify hands messages over: it takes due notices from the outbox,
// writes each message from what is true at that moment, gives it to the mail
// server and records what became of it.
//
//	          every second                            the truth, now
//	outbox ──► Dispatcher ──► Queue ──► Worker ──► gate ──► Composer ──► Channel
//	  ▲                                   │                                 │
//	  │   every 5 s when the queue is     │                                 │
//	  ├──────────────── silent or down ◄──┘                                 │
//	  └──────────────────────── recorder ◄──────────────────────────────────┘
//
// The outbox (the database) is the truth and the queue only the hand: it
// carries ids and how urgent they are, and losing it costs time, never a
// message. A hand-over starts when the gate's transaction commits; the worker
// must begin with it within FreshFor of the gate, measured on a clock that never
// jumps and looked at last right before the message leaves, or give it back.
//
// What can go wrong, and what then happens:
//
//	the queue is down        workers ask the outbox themselves; status is degraded
//	the mail server is down  attempts end as Retry, the outbox waits longer each time
//	the outbox is down       nothing starts; outcomes wait until they can be recorded
//	a message panics         that one attempt ends as Retry, the others go on
//	the program is stopped   no new message starts, open ones end within 30 s
//	the program is killed    open attempts are repeated later, with the same Message-ID
//
// Without a mail server mail is kept in files for staff to see (Kept). No log
// line holds a name, an address or what a provider answered.
package notify
