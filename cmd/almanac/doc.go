// Command almanac schedules group programmes that follow a protocol: it serves
// pages and private calendars, hands notices over, and gives the desk a
// command line.
//
// command.go holds the table of commands; config_options.go the table of
// options; house.go opens what every command stands on; serve.go starts and
// stops the parts of a running process:
//
//	config ─► log ─► store ─► queue and mail ─► worker ─► agenda ─► web
package main
