"""The stand-in for Scaleway's API where the client speaks HTTP/2."""

import h2.config
import h2.connection
import h2.events

from scaleway_service import TLS, Recorded, Scaleway


class HTTP2(Scaleway):
    """The same service where the client speaks HTTP/2."""

    def __init__(self):
        super().__init__(tls=TLS.good())
        self.tls.context.set_alpn_protocols(["h2", "http/1.1"])
        self.spoken = []
        # Answers only once so many requests are on the connection.
        self.together = 1

    def converse(self, connection):
        connection.start_tls(self.tls.context)
        self.spoken.append(connection.socket.selected_alpn_protocol())
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        waiting = {}
        while True:
            data = state.data_to_send()
            # Answers to many come in two parts: what of the second some versions of libcurl have read, they forget to look at.
            if self.together > 1:
                connection.send(data[:-100])
                self.ending.wait(0.001)
                data = data[-100:]
            connection.send(data)
            connection.buffer = b""
            connection.fill()
            for event in state.receive_data(connection.buffer):
                if isinstance(event, h2.events.RequestReceived):
                    fields = dict(event.headers)
                    head = "\r\n".join(f"{name}: {value}" for name, value in event.headers).encode()
                    headers = [pair for pair in event.headers if not pair[0].startswith(":")]
                    waiting[event.stream_id] = Recorded(head, fields[":method"], fields[":path"], headers, b"", connection.number)
            if len(waiting) < self.together:
                continue
            # The last one first: HTTP/1.1 could not do that.
            for stream, recorded in sorted(waiting.items(), reverse=True):
                self.requests.append(recorded)
                made = self.routed(recorded)
                fields = [(":status", str(made.status)), *((name.lower(), value) for name, value in made.headers)]
                state.send_headers(stream, fields)
                state.send_data(stream, made.body, end_stream=True)
            waiting = {}
