package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"almanac/scheduler/fault"
	"almanac/scheduler/seal"
)

// secretFile is where a made secret key lies in the data folder.
const secretFile = "secret.key"

// commandWait is how long a command that prints a secret key may take.
const commandWait = 30 * time.Second

// ownsSecret tells whether the secret key is the file in the data folder.
func (c Config) ownsSecret() bool { return c.SecretKey == "" && c.SecretKeyCommand == "" }

// secretPath is the file that holds the secret key; empty when it comes from elsewhere.
func (c Config) secretPath() string {
	if c.ownsSecret() {
		return filepath.Join(c.DataDir, secretFile)
	}
	for _, s := range c.settings {
		if s.option.name == "secret-key" {
			return s.path
		}
	}
	return ""
}

// loadSecret gives the root of all keys: what the configured command prints, the configured secret, or the one in
// the data folder, which is made at the first start and readable to its owner alone. made tells that this was now.
func loadSecret(ctx context.Context, c Config) (root *seal.Root, made bool, err error) {
	text := c.SecretKey
	switch {
	case c.SecretKeyCommand != "":
		text, err = secretOf(ctx, "secret-key-command", c.SecretKeyCommand, commandWait)
	case text == "":
		text, made, err = madeSecret(filepath.Join(c.DataDir, secretFile))
	}
	if err != nil {
		return nil, false, err
	}
	root, err = rootOf(text, "The secret key is not 32 bytes in base64. Restore the one this database was made with.")
	return root, made, err
}

// rootOf derives the root from a secret key; otherwise is said when it is none.
func rootOf(text, otherwise string) (*seal.Root, error) {
	secret, err := seal.ParseSecret(text)
	if err == nil {
		var root *seal.Root
		if root, err = seal.NewRoot(secret); err == nil {
			return root, nil
		}
	}
	return nil, &exitError{exitBadConfig, fault.Wrap(fault.Invalid, err, "%s", otherwise)}
}

// secretOf runs a command at the shell and gives the secret key that it prints. Nothing of what it prints is shown or
// logged. Invalid, in the field of that name, when it fails, takes too long or prints no key.
func secretOf(ctx context.Context, name, command string, wait time.Duration) (string, error) {
	refused := func(format string, args ...any) (string, error) {
		return "", &exitError{exitBadConfig, fault.In(name, format, args...)}
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	run := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	run.WaitDelay = time.Second // for a child that keeps the output open
	printed, err := run.Output()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return refused("The command of %s did not end within %s. Run it by hand to see why.", name, wait)
	case errors.As(err, &ended):
		return refused("The command of %s ended with status %d. Run it by hand to see why.", name, ended.ExitCode())
	case err != nil:
		return refused("The command of %s cannot be run. Run it by hand to see why.", name)
	}
	if _, err := seal.ParseSecret(string(printed)); err != nil {
		return refused("The command of %s must print a secret key, 32 bytes in base64, and nothing else.", name)
	}
	return string(printed), nil
}

// madeSecret reads a secret key from a file, or makes one there.
func madeSecret(path string) (text string, made bool, err error) {
	text = seal.NewSecret()
	err = writeSecret(path, text)
	if errors.Is(err, fs.ErrExist) {
		text, err = readSecret(path)
		return text, false, err
	}
	if err != nil {
		return "", false, &exitError{exitBadConfig,
			fault.Wrap(fault.Invalid, err,
				"The secret key %s cannot be written. Check the folder, or give --secret-key.", path)}
	}
	return text, true, nil
}

func readSecret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &exitError{exitBadConfig,
			fault.Wrap(fault.Invalid, err, "The secret key %s cannot be read. Check who owns it.", path)}
	}
	return strings.TrimPrefix(string(text), "\ufeff"), nil
}

// writeSecret writes a secret key to a file that does not exist, readable to its owner alone, and to the disk.
func writeSecret(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.TrimSpace(text) + "\n")
	return errors.Join(err, file.Sync(), file.Close())
}
