# A working day through Perl's SOAP::Lite, which knows no WSDL here: every value with a type, XML Schema's or SOAP's own;
# prints what was understood, a name and a value a line.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha1);
use MIME::Base64;
use POSIX qw(strftime);
use SOAP::Lite;

my ($address, $version, $key, $secret) = @ARGV;
my $namespace = "http://requester.mturk.amazonaws.com/doc/$version";
my $client = SOAP::Lite->proxy("$address/?Service=AWSMechanicalTurkRequester")->uri($namespace);
$client->on_action(sub { 'http://soap.amazon.com' });

sub members {
    my @members;
    while (my ($name, $value) = splice @_, 0, 2) {
        push @members, SOAP::Data->name($name => ref $value ? \SOAP::Data->value(members(@$value)) : $value);
    }
    return @members;
}

sub call {
    my ($operation, @request) = @_;
    my $time = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime);
    my $signature = encode_base64(hmac_sha1("AWSMechanicalTurkRequester$operation$time", $secret), '');
    return $client->call(
        SOAP::Data->name($operation)->attr({ xmlns => $namespace }),
        members(AWSAccessKeyId => $key, Timestamp => $time, Signature => $signature, Request => \@request),
    );
}

sub note {
    my ($name, $value) = @_;
    utf8::encode($value) if utf8::is_utf8($value);
    print "$name=$value\n";
}

my $question = '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    . 'ExternalQuestion.xsd"><ExternalURL>https://example.com/?a=1&amp;b=2</ExternalURL><FrameHeight>400</FrameHeight>'
    . '</ExternalQuestion>';
my $made = call(
    'CreateHIT',
    Title => "Caf\x{c3}\x{a9} & <more>",
    Description => 'plain',
    Question => $question,
    Reward => [Amount => 0.05, CurrencyCode => 'USD'],
    AssignmentDurationInSeconds => 600,
    LifetimeInSeconds => 3600,
    MaxAssignments => 2,
    ResponseGroup => 'Minimal',
    ResponseGroup => 'HITDetail',
);
note(valid => $made->valueof('//HIT/Request/IsValid'));
my $hit = $made->valueof('//HIT/HITId');
my $found = call('GetHIT', HITId => $hit);
note(title => $found->valueof('//HIT/Title'));
note(question => $found->valueof('//HIT/Question') eq $question ? 'same' : 'another');
note(reward => $found->valueof('//HIT/Reward/Amount'));
my $listed = call('SearchHITs', PageSize => 10);
note(total => $listed->valueof('//SearchHITsResult/TotalNumResults'));
note(listed => scalar(my @hits = $listed->valueof('//SearchHITsResult/HIT')));
note(balance => call('GetAccountBalance')->valueof('//AvailableBalance/FormattedPrice'));
note(notified => call('NotifyWorkers', Subject => 's', MessageText => 'm', WorkerId => 'A1', WorkerId => 'A2')->fault ? 0 : 1);
note(disabled => call('DisableHIT', HITId => $hit)->valueof('//DisableHITResult/Request/IsValid'));
note(unknown => call('GetHIT', HITId => 'NONSENSE')->valueof('//Error/Code'));
$secret = 'wrong';
note(refused => call('GetAccountBalance')->valueof('//Code'));
my $fault = $client->uri('urn:nothing')->call(SOAP::Data->name('GetAccountBalance')->attr({ xmlns => 'urn:nothing' }));
note(fault => $fault->faultcode);
