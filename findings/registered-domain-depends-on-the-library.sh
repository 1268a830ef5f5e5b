#!/bin/sh
# publicsuffixlist 1.1.2, tldextract 5.4.0: the registered domain of a mail host depends on the library.
#
# Version:   publicsuffixlist 1.1.2.20261023 and tldextract 5.4.0 of PyPI, each with its own copy of the list.
# Expected:  both read the Public Suffix List, so both name the same registered domain, and an address that
#            is no name has none.
# Behaviour: the list's private part (domains whose owner lets others have names below) counts in
#            publicsuffixlist unless only_icann=True, and not in tldextract unless asked for. Some hosts
#            of the large operators lie there. Where no rule fits, publicsuffixlist takes the last label
#            for a suffix (the list's rule "*") unless accept_unknown=False, so the last two numbers of
#            an IPv4 address are a registered domain; tldextract gives an empty string.
# Seen:      route1.mx.cloudflare.net                mx.cloudflare.net, cloudflare.net
#            inbound-smtp.us-east-1.amazonaws.com    inbound-smtp.us-east-1.amazonaws.com, amazonaws.com
#            inbound-smtp.eu-west-1.amazonaws.com    amazonaws.com, amazonaws.com
#            192.0.2.1                               2.1, nothing
#            mx.sender.internal                      sender.internal, nothing
# Source:    the documentation of both at PyPI; https://publicsuffix.org/list/, "PRIVATE DOMAINS" and the
#            algorithm's rule for names that no rule fits.
# Why here:  the registered domain of an MX host is to name the receiver: one operator, one name, over all
#            its regions, and no name for hosts that are known by their address only.
# Needs:     Python 3.10 or later with venv and pip, and PyPI in reach; takes half a minute.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install publicsuffixlist==1.1.2.20261023 tldextract==5.4.0
cd "$folder"
venv/bin/python -I - <<'END' | tee seen
from publicsuffixlist import PublicSuffixList
from tldextract import TLDExtract

ours, theirs = PublicSuffixList(), TLDExtract(suffix_list_urls=(), cache_dir=None)
icann, known = PublicSuffixList(only_icann=True), PublicSuffixList(accept_unknown=False)
print("publicsuffixlist, only_icann, accept_unknown=False, tldextract")
for host in (
    "mx1.mail.example.co.uk",
    "route1.mx.cloudflare.net",
    "inbound-smtp.us-east-1.amazonaws.com",
    "inbound-smtp.eu-west-1.amazonaws.com",
    "192.0.2.1",
    "mx.sender.internal",
):
    found = [one.privatesuffix(host) for one in (ours, icann, known)]
    print(host, *found, theirs(host).top_domain_under_public_suffix or None)
END
cat >wanted <<'END'
publicsuffixlist, only_icann, accept_unknown=False, tldextract
mx1.mail.example.co.uk example.co.uk example.co.uk example.co.uk example.co.uk
route1.mx.cloudflare.net mx.cloudflare.net cloudflare.net mx.cloudflare.net cloudflare.net
inbound-smtp.us-east-1.amazonaws.com inbound-smtp.us-east-1.amazonaws.com amazonaws.com inbound-smtp.us-east-1.amazonaws.com amazonaws.com
inbound-smtp.eu-west-1.amazonaws.com amazonaws.com amazonaws.com amazonaws.com amazonaws.com
192.0.2.1 2.1 2.1 None None
mx.sender.internal sender.internal sender.internal None None
END
diff wanted seen && echo "as described"
