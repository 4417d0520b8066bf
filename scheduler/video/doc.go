// Package video leads people into rooms on video hosts: Jitsi Meet and BigBlueButton.
//
// Nothing is made at a host before somebody joins. The name of a room is random and belongs to one session, and each
// participant has an id that is random as well, so a host learns no token of ours, no name of a group, and of a person
// only the name that they choose to show. What a host reports about a room leads back to sessions and seats through the
// same names.
//
// It is the only door to github.com/golang-jwt/jwt.
package video
