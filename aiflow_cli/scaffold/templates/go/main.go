// Starts the bot: reads its settings from the environment, listens, and stops without cutting a caller off.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const stopWithin = 10 * time.Second

func main() {
	logger := log.New(os.Stderr, "", log.LstdFlags)
	if err := run(logger); err != nil {
		logger.Fatal(err)
	}
}

func run(logger *log.Logger) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	bot := Bot{TransferNumber: os.Getenv("TRANSFER_NUMBER")}
	server := &http.Server{
		Handler:           NewHandler(bot.Answer, os.Getenv("AIFLOW_SECRET"), logger),
		ErrorLog:          logger,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       60 * time.Second,
	}
	address := net.JoinHostPort(setting("HOST", "127.0.0.1"), setting("PORT", "3000"))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	logger.Printf("listening on http://%s/webhook", address)
	return serve(ctx, server, listener)
}

// serve answers requests until ctx ends, then lets those under way finish.
func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := server.Shutdown(ending); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return nil
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
