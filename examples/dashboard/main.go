// Command dashboard is a small host application with its own mux, login middleware and page. Without flags
// it needs no setup: the database and the keyset are files in the current folder, and a Snowflake stand-in
// runs in the same process.
//
//	go run ./examples/dashboard
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	addr         string
	db           string
	keyset       string
	snowflake    string
	probeTimeout time.Duration
	keyBits      int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "dashboard:", err)
			os.Exit(1)
		}
	}
}

func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("dashboard", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8080", "the address to listen on")
	flags.StringVar(&s.db, "db", "warehousekit.db", "the path of a SQLite file, or a postgres:// URL")
	flags.StringVar(&s.keyset, "keyset", "warehousekit.keyset.json", "the path of the keyset that seals the private keys")
	flags.StringVar(&s.snowflake, "snowflake", "demo", "demo: a stand-in in this process; live: Snowflake itself; or the http://host:port of a stand-in")
	flags.DurationVar(&s.probeTimeout, "probe-timeout", 4500*time.Millisecond, "how long a test may take")
	flags.IntVar(&s.keyBits, "key-bits", 4096, "the size of RSA keys: 2048, 3072 or 4096")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q: everything is a flag", flags.Arg(0))
	case s.probeTimeout <= 0:
		return s, errors.New("-probe-timeout must be positive")
	}
	return s, nil
}

const (
	// drainTime is added to the timeout of a probe when the dashboard stops.
	drainTime = 3 * time.Second

	// storeTime is added to the timeout of a probe for the database queries of a request.
	storeTime = 5 * time.Second
)

// run serves until ctx is done, and then waits for running requests and probes.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	listener, err := net.Listen("tcp", s.addr) // before creating files
	if err != nil {
		return err
	}
	defer listener.Close()
	host, err := newHost(ctx, s, log)
	if err != nil {
		return err
	}
	defer host.close(log)

	server := &http.Server{
		Handler:           host.handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	fmt.Fprintf(stdout, "Listening on http://%s\n", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	// All probes end within their timeout. A client that is still sending after that is disconnected. Probes
	// whose clients have disconnected get their own deadline.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.probeTimeout+drainTime)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		log.Warn("slow clients are disconnected", "error", err)
		_ = server.Close()
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.probeTimeout+drainTime)
	defer cancel()
	if err := host.service.Shutdown(draining); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	fmt.Fprintln(stdout, "Stopped.")
	return nil
}
