package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
)

// newSecretVariable may hold the new secret key of a change.
const newSecretVariable = "ALMANAC_NEW_SECRET_KEY"

// secretChangeJSON is how far a change of the secret key is.
type secretChangeJSON struct {
	Used      string `json:"used"`
	Next      string `json:"next,omitempty"`
	Clinics   int    `json:"clinics"`
	Processes int    `json:"old_processes"`
	Confirmed bool   `json:"confirmed"`
}

// keyRotateCommand changes the secret key while everything goes on.
func keyRotateCommand(t terminal) *cobra.Command {
	c := t.command("rotate", "change the secret key while everything goes on; only told without --confirm", 0, 0)
	r := rotation{terminal: t}
	own := c.Flags()
	own.StringVar(&r.file, "new-key-file", "", "the file with the new key; it is made when it is missing")
	own.StringVar(&r.command, "new-key-command", "", "a command that prints the new key; or set "+newSecretVariable)
	own.BoolVar(&r.finish, "finish", false, "the new key is in use everywhere: let the old one open nothing any more")
	own.BoolVar(&r.cancel, "cancel", false, "give a change up that is not finished")
	own.BoolVar(&r.confirm, "confirm", false, "do it; without this nothing changes")
	format := formatFlag(own, "text", "json")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if r.finish && r.cancel {
			return wrongUse("--finish and --cancel exclude each other. Choose one.")
		}
		h, err := openHouse(ctx, config, t.log(config), t.now)
		if err != nil {
			return err
		}
		defer h.close()
		change, says, err := r.run(ctx, h)
		if err != nil {
			return err
		}
		if *format == "json" {
			return printJSON(t.out, secretChangeJSON{change.Used, change.Next, change.Clinics, change.Old, r.confirm})
		}
		_, err = fmt.Fprintln(t.out, says)
		return err
	})
	return c
}

// rotation is one step of a change of the secret key.
type rotation struct {
	terminal
	file, command           string
	finish, cancel, confirm bool
}

func (r *rotation) mode() reads.Mode { return modeOf(&r.confirm) }

// unchanged ends what a preview says.
const unchanged = "\nNothing has changed yet. Run this again with --confirm to do it."

// run takes the step and says what it did, or would do.
func (r *rotation) run(ctx context.Context, h *house) (reads.SecretChange, string, error) {
	actor := access.Operator("")
	switch {
	case r.finish:
		c, err := h.store.FinishSecret(ctx, actor, r.mode())
		if !r.confirm {
			return c, "The old secret key would open nothing any more." + unchanged, err
		}
		return c, fmt.Sprintf("Done. The secret key with the check value %s is the only one now. Backups made before "+
			"need the key of their time: keep the old one beside them, and not here.", c.Used), err
	case r.cancel:
		c, err := h.store.CancelSecret(ctx, actor, r.mode())
		if !r.confirm {
			return c, "The new secret key would open nothing any more." + unchanged, err
		}
		return c, fmt.Sprintf("Done. The secret key with the check value %s is the only one, as before.", c.Used), err
	}
	return r.wrap(ctx, h, actor)
}

// wrap begins a change, or goes on with one that was interrupted.
func (r *rotation) wrap(ctx context.Context, h *house, a access.Actor) (reads.SecretChange, string, error) {
	c, err := h.store.SecretChange(ctx, a)
	if err != nil {
		return c, "", err
	}
	if c.Next != "" && c.Next == h.root.CheckValue() {
		return c, r.both(h.config, c), nil
	}
	next, file, err := r.next(ctx, h.config)
	if err != nil {
		return c, "", err
	}
	if next == nil {
		return c, fmt.Sprintf("A new secret key would be made in %s, and the keys of clinics sealed under it as well: "+
			"%d.", file, c.Clinics) + unchanged, nil
	}
	if c, err = h.store.WrapSecret(ctx, a, next, r.mode()); err != nil {
		return c, "", err
	}
	if !r.confirm {
		return c, fmt.Sprintf("The keys of clinics would be sealed under the new secret key as well: %d.", c.Clinics) +
			unchanged, nil
	}
	if r.ours(h.config) {
		if err := exchangeSecrets(h.config, h.root.CheckValue()); err != nil {
			return c, "", err
		}
	}
	return c, r.both(h.config, c), nil
}

// both says what to do while both keys open everything.
func (r *rotation) both(config Config, c reads.SecretChange) string {
	says := fmt.Sprintf("Both secret keys open everything now, the one with the check value %s and the new one with "+
		"%s.\n", c.Used, c.Next)
	if config.ownsSecret() {
		says += fmt.Sprintf("The new one is in %s already, and the one before in %s.\n", config.secretPath(),
			oldSecret(config, c.Used))
	} else {
		says += "Give the new one to every program, in place of the one before.\n"
	}
	return says + "Restart the programs one after another. Then run `almanac key rotate --finish` with the new key."
}

// ours tells whether the new key replaces the file in the data folder.
func (r *rotation) ours(c Config) bool { return c.ownsSecret() && r.file == "" && r.command == "" }

// next gives the new key. Without one it makes one in a file: only with --confirm; before that it gives no key and the
// name of the file.
func (r *rotation) next(ctx context.Context, c Config) (root *seal.Root, file string, err error) {
	variable, _ := r.lookupEnv(newSecretVariable)
	file = r.file
	given := 0
	for _, one := range []string{r.file, r.command, variable} {
		if one != "" {
			given++
		}
	}
	var text string
	switch {
	case given > 1:
		return nil, "", wrongUse("The new key comes from one place: --new-key-file, --new-key-command or %s.",
			newSecretVariable)
	case r.command != "":
		text, err = secretOf(ctx, "new-key-command", r.command, commandWait)
	case variable != "":
		text = variable
	case file == "" && !c.ownsSecret():
		return nil, "", wrongUse("Say where the new key is: --new-key-file, --new-key-command or %s.",
			newSecretVariable)
	default:
		if file == "" {
			file = filepath.Join(c.DataDir, secretFile+".new")
		}
		if _, missing := os.Stat(file); errors.Is(missing, fs.ErrNotExist) && !r.confirm {
			return nil, file, nil
		}
		text, _, err = madeSecret(file)
	}
	if err != nil {
		return nil, "", err
	}
	root, err = rootOf(text, "The new secret key is not 32 bytes in base64; make one with: openssl rand -base64 32")
	return root, file, err
}

// oldSecret is where a key of the data folder lies that was replaced.
func oldSecret(c Config, check string) string {
	return filepath.Join(c.DataDir, "secret-"+check+".key")
}

// exchangeSecrets puts the new key in the place of the old one in the data folder, and keeps the old one under its
// check value, for backups. It may be called again after it was interrupted anywhere.
func exchangeSecrets(c Config, check string) error {
	path := filepath.Join(c.DataDir, secretFile)
	text, err := readSecret(path)
	if err != nil {
		return err
	}
	if err := writeSecret(oldSecret(c, check), text); err != nil && !errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Unavailable, err, "The old key cannot be kept in %s. Make room there, and run this "+
			"again.", oldSecret(c, check))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fault.Wrap(fault.Unavailable, err, "The new key in %s.new cannot take the place of %[1]s. Check who "+
			"owns the folder, and run this again.", path)
	}
	return nil
}

// secretParts says how the secret key is kept, and how wide the data folder is open.
func (h *house) secretParts(ctx context.Context) []reads.Part {
	secret := reads.Part{Name: "secret-key", State: reads.OK}
	advise := func(p *reads.Part, format string, args ...any) {
		if p.State == reads.OK {
			p.State, p.Message = reads.Advice, fmt.Sprintf(format, args...)
		}
	}
	change, err := h.store.SecretChange(ctx, access.Operator(""))
	switch {
	case err != nil: // the database has a line of its own
	case change.Next != "":
		advise(&secret, "The secret key is being changed, and two open everything. Restart the programs with the new "+
			"one, then run `almanac key rotate --finish`.")
	case change.Old > 0:
		advise(&secret, "Programs that run with a secret key that was replaced: %d. Restart them with the new one.",
			change.Old)
	}
	path := h.config.secretPath()
	if path != "" && isWithin(h.config.DataDir, path) {
		advise(&secret, "The secret key lies beside the data, in %s, so that who copies the folder has both. Keep it "+
			"elsewhere and name it with ALMANAC_SECRET_KEY_FILE, or use secret-key-command.", path)
	}
	if about, err := os.Stat(path); path != "" && err == nil && about.Mode().Perm()&0o077 != 0 {
		advise(&secret, "Others on this machine can read the secret key. Run: chmod 0600 %s", path)
	}
	folder := reads.Part{Name: "data-folder", State: reads.OK}
	if about, err := os.Stat(h.config.DataDir); err == nil && about.Mode().Perm()&0o077 != 0 {
		advise(&folder, "Others on this machine can look into the data folder. Run: chmod 0700 %s", h.config.DataDir)
	}
	return []reads.Part{secret, folder}
}

// isWithin tells whether a file lies in a folder or below it, links followed.
func isWithin(folder, file string) bool {
	folder, errFolder := filepath.EvalSymlinks(folder)
	file, errFile := filepath.EvalSymlinks(file)
	if errFolder != nil || errFile != nil {
		return false
	}
	folder, errFolder = filepath.Abs(folder)
	file, errFile = filepath.Abs(file)
	if errFolder != nil || errFile != nil {
		return false
	}
	below, err := filepath.Rel(folder, file)
	return err == nil && filepath.IsLocal(below)
}
