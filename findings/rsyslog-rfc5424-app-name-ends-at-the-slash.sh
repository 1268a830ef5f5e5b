#!/bin/sh
# rsyslog 8.2302: with its RFC 5424 template, what stands after the slash of "postfix/smtp" is lost.
#
# Version:   rsyslog 8.2302.0-1+deb12u2, Debian 12.
# Expected:  APP-NAME is the tag without its process id. RFC 5424 allows every printable ASCII character in
#            it, and the traditional templates write it whole.
# Behaviour: APP-NAME ends at the first slash, so all of Postfix' programs are "postfix". MSG begins with
#            the blank that stood after the tag's colon, so two blanks stand before it.
# Seen:      tag in                    RSYSLOG_TraditionalFileFormat    RSYSLOG_SyslogProtocol23Format
#            postfix/smtp[7]:          postfix/smtp[7]: text            postfix 7 - -  text
#            postfix/relay/smtp[7]:    postfix/relay/smtp[7]: text      postfix 7 - -  text
#            postfix-out/error[7]:     postfix-out/error[7]: text       postfix-out 7 - -  text
#            with global(parser.permitSlashInProgramname="on")          postfix/smtp 7 - -  text
# Source:    rsyslog's documentation, properties "programname" and "app-name", and the global parameter
#            parser.permitSlashInProgramname; RFC 5424, section 6.2.5.
# Why here:  the delivery agent says whether a record is one of a remote delivery, of a local one or of
#            none (error). In such a log it has to be told from the relay, where that is possible.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach, Python 3; takes seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download rsyslog=8.2302.0-1+deb12u2 libestr0=0.1.11-1 \
    libfastjson4=1.2304.0-1 liblognorm5=2.0.6-4
for archive in *.deb; do
    dpkg-deb --extract "$archive" .
done
libraries=$folder/usr/lib/x86_64-linux-gnu
# One run: the first argument is parser.permitSlashInProgramname.
run() {
    cat >rsyslog.conf <<END
global(workDirectory="$folder" parser.permitSlashInProgramname="$1")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$folder/socket")
action(type="omfile" file="$folder/traditional" template="RSYSLOG_TraditionalFileFormat")
action(type="omfile" file="$folder/rfc5424" template="RSYSLOG_SyslogProtocol23Format")
END
    rm -f socket
    LD_LIBRARY_PATH=$libraries usr/sbin/rsyslogd -n -i "$folder/pid" -f "$folder/rsyslog.conf" -M "$libraries/rsyslog" &
    daemon=$!
    python3 - <<'END'
import os, pathlib, socket, time

sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for _ in range(100):
    time.sleep(0.1)
    if os.path.exists("socket") and not sender.connect_ex("socket"):
        break
for tag in ("postfix/smtp", "postfix/relay/smtp", "postfix-out/error"):
    sender.send(f"<22>Nov 29 01:00:00 {tag}[7]: 4F2: to=<u@example.com>".encode())
for _ in range(100):
    time.sleep(0.1)
    path = pathlib.Path("rfc5424")
    if path.exists() and path.read_bytes().count(b"\n") == 3:
        break
END
    kill "$daemon"
    wait "$daemon" || true
    echo "permitSlashInProgramname=$1"
    sed 's/^.\{15\} [^ ]* /traditional: /' traditional
    sed 's/^<22>1 [^ ]* [^ ]* /RFC 5424: /' rfc5424
    rm -f traditional rfc5424
}
{
    LD_LIBRARY_PATH=$libraries usr/sbin/rsyslogd -v | sed -n '1s/  */ /; 1s/ (.*//p'
    run off
    run on
} | tee seen
cat >wanted <<'END'
rsyslogd 8.2302.0
permitSlashInProgramname=off
traditional: postfix/smtp[7]: 4F2: to=<u@example.com>
traditional: postfix/relay/smtp[7]: 4F2: to=<u@example.com>
traditional: postfix-out/error[7]: 4F2: to=<u@example.com>
RFC 5424: postfix 7 - -  4F2: to=<u@example.com>
RFC 5424: postfix 7 - -  4F2: to=<u@example.com>
RFC 5424: postfix-out 7 - -  4F2: to=<u@example.com>
permitSlashInProgramname=on
traditional: postfix/smtp[7]: 4F2: to=<u@example.com>
traditional: postfix/relay/smtp[7]: 4F2: to=<u@example.com>
traditional: postfix-out/error[7]: 4F2: to=<u@example.com>
RFC 5424: postfix/smtp 7 - -  4F2: to=<u@example.com>
RFC 5424: postfix/relay/smtp 7 - -  4F2: to=<u@example.com>
RFC 5424: postfix-out/error 7 - -  4F2: to=<u@example.com>
END
diff wanted seen && echo "as described"
