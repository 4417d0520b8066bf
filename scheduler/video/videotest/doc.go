// Package videotest has doubles of video hosts, which check what they receive as the real ones do.
package videotest
