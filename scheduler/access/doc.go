// Package access says who may do what.
//
// An Actor makes a request: a member of staff, a participant, a program with an API
// token, Almanac itself, or the operator at the shell. An Action is what the request
// does. One table, the policy, says which actors may do which actions. Pages, API,
// commands and the store call Check, or CheckIn for something that belongs to a
// clinic; they have no rules about roles of their own.
//
// The policy is about kinds of things, not about single ones: the code that finds a
// page by its link makes sure that the link opens only that page.
package access
