/// What `--help` prints: examples first.
enum Help {
  static let text = """
    Examples:
      nats-credentials-bridge call credentials.create name=app save_to=app.creds
      nats-credentials-bridge call credentials.list --all
      nats-credentials-bridge call credentials.delete nats_credentials_id=ID
      echo '{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}' | nats-credentials-bridge

    Usage:
      nats-credentials-bridge [serve]              reads JSON-RPC 2.0 requests, one a line, on stdin; answers on stdout
      nats-credentials-bridge call METHOD [key=value…] [key:=json…] [--all]
                                                   one request; the result on stdout, errors on stderr
      nats-credentials-bridge doctor               what is configured, what is well and what is not; exit status 0 if all is
        [--forget-server NAME]                     a nats-server that is gone for good need not hear of deletions any more
      nats-credentials-bridge schemas [--write DIR]  JSON Schemas of all methods
      nats-credentials-bridge openrpc              the OpenRPC document

    Options:
      --region REGION     where requests go that name no region (local is the embedded backend)
      --state DIR         the embedded backend's folder
      --nats-url URL      where the nats-server listens or will listen (NATS_URL; nats://127.0.0.1:4222)
      --profile NAME      a profile of the configuration file of Scaleway's tools (SCW_PROFILE)
      --ca-file FILE      certificates to trust instead of the system's (SSL_CERT_FILE)
      --log-level LEVEL   error, warning (the default), info, debug or trace; on stderr
      --drain SECONDS     how long requests may live on after the end of input
      --version, --help

    call ends with 0 result, 2 usage or invalid params, 3 not found, 4 not allowed or not configured, 5 conflict or quota,
    6 unavailable, limited or timed out, 1 other. Secrets are never taken from the command line.

    """
}
