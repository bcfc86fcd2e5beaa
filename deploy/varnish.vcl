# Varnish in front of the service, purged by key. Set EDGE_SECONDS for the service, and change the address of the backend
# if needed. docs/caching.md lists the keys to purge after each change.
vcl 4.1;

backend blog {
    .host = "127.0.0.1";
    .port = "8000";
}

# Who may purge.
acl purgers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403));
        }
        if (req.http.Surrogate-Key !~ "^[a-z0-9-]+( [a-z0-9-]+)*$") {
            return (synth(400));
        }
        ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " ", "|") + ")(\s|$)");
        return (synth(204));
    }
    # Responses to people who are logged in are private.
    if (req.http.Authorization) {
        return (pass);
    }
}

sub vcl_deliver {
    # For this cache only.
    unset resp.http.Surrogate-Key;
    unset resp.http.Cache-Tag;
}
