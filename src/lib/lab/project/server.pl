#!/usr/bin/perl
# The demo service: a small HTTP server. On SIGTERM it stops to accept, finishes what is in flight and ends with 0.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

my %behaviour = read_behaviour('/srv/behaviour');
my $started = seconds();
my $told = defined $behaviour{tell} ? told($ENV{$behaviour{tell}} // '') : '';

exit probe($ARGV[1]) if @ARGV == 2 && $ARGV[0] eq '--probe';
serve();

sub read_behaviour {
    my ($file) = @_;
    open my $lines, '<', $file or return ();
    return map { /^([a-z-]+)=(.*)$/ ? ($1 => $2) : () } <$lines>;
}

sub serve {
    $| = 1;
    my $stopping = 0;
    local $SIG{TERM} = local $SIG{INT} = sub { $stopping = 1 };
    local $SIG{PIPE} = 'IGNORE';
    my $listener = IO::Socket::INET->new(LocalPort => 8000, Listen => 64, ReuseAddr => 1) or die "listen: $@\n";
    print "serving $ENV{VERSION} on port 8000\n";
    my %request;
    my $select = IO::Select->new($listener);
    my $said = 0;
    until ($stopping && !%request) {
        for my $socket ($select->can_read(0.1)) {
            if ($socket == $listener) {
                my $client = $listener->accept or next;
                $select->add($client);
                $request{$client} = '';
                next;
            }
            my $read = sysread $socket, $request{$socket}, 8192, length $request{$socket};
            next if $read && $request{$socket} !~ /\r?\n\r?\n/ && length $request{$socket} < 65_536;
            print {$socket} answer($request{$socket}) if $read;
            delete $request{$socket};
            $select->remove($socket);
            close $socket;
        }
        if ($stopping && $select->exists($listener)) {
            $select->remove($listener);
            close $listener;
        }
        for my $idle ($stopping ? grep { $request{$_} eq '' } $select->handles : ()) {
            delete $request{$idle};
            $select->remove($idle);
            close $idle;
        }
        my $age = age();
        if (defined $behaviour{log} && $age > $said) {
            print "$behaviour{log}$told\n";
            $said = $age + 1;
        }
        if (defined $behaviour{'crash-after'} && $age > $behaviour{'crash-after'}) {
            print "out of luck after $behaviour{'crash-after'} s$told\n";
            exit 1;
        }
    }
    print "stopped\n";
    exit 0;
}

# What a careless service says of a secret, as programs write it.
sub told {
    my ($value) = @_;
    (my $url = $value) =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return join ' ', '', $value, $url, base64($value), base64("user:$value");
}

sub base64 {
    my ($value) = @_;
    my $text = '';
    $text .= substr pack('u', $1), 1, -1 while $value =~ /(.{1,45})/gs;
    $text =~ tr{` -_}{AA-Za-z0-9+/};
    my $padding = (3 - length($value) % 3) % 3;
    substr($text, -$padding) = '=' x $padding if $padding;
    return $text;
}

# Of a clock that only runs forward, to a hundredth.
sub seconds { return (POSIX::times())[0] / POSIX::sysconf(POSIX::_SC_CLK_TCK()) }

sub age { return seconds() - $started }

sub is_ready {
    return 0 if ($behaviour{ready} // '') eq 'never';
    return age() >= ($behaviour{'slow-start'} // 0);
}

sub answer {
    my ($request) = @_;
    my ($path) = $request =~ m{^GET (/[^ ?]*)} or return reply(400, '{"error":"bad request"}');
    return reply(200, '{"status":"up"}') if $path eq '/health' || $path eq '/healthz';
    return is_ready() ? reply(200, '{"status":"ready"}') : reply(503, qq({"status":"starting$told"})) if $path eq '/ready';
    return reply(200, version()) if $path eq '/version';
    my ($token) = $told ne '' ? $request =~ /^authorization: (.*?)\r?$/mi : ();
    return reply(500, '{"refused":"' . told($token) . '"}') if defined $token;
    return reply(200, '{"status":"ok","uptime":' . int(age()) . '}') if $path eq '/api/v1/system/status';
    return reply(404, '{"error":"not found"}');
}

sub version {
    my $version = $behaviour{version} // $ENV{VERSION};
    return qq({"version":"$version","git_sha":"$ENV{REVISION}","built":"$ENV{CREATED}"});
}

sub reply {
    my ($status, $body) = @_;
    my %reason = (200 => 'OK', 400 => 'Bad Request', 404 => 'Not Found', 503 => 'Service Unavailable');
    return "HTTP/1.1 $status $reason{$status}\r\nContent-Type: application/json\r\n"
        . 'Content-Length: ' . length($body) . "\r\nConnection: close\r\n\r\n$body";
}

# The container's healthcheck: 0 if the path answers 200.
sub probe {
    my ($path) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 8000, Timeout => 1) or return 1;
    print {$socket} "GET $path HTTP/1.1\r\nHost: localhost\r\n\r\n";
    return (<$socket> // '') =~ m{^HTTP/1\.1 200 } ? 0 : 1;
}
