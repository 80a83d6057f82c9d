<?php
// A working day through PHP's SoapClient, made from the WSDL at the address given; prints what was understood as JSON.
[$_, $wsdl, $key, $secret, $certificate] = $argv;

$options = [
    'cache_wsdl' => WSDL_CACHE_NONE,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'exceptions' => true,
    'trace' => true,
    'stream_context' => stream_context_create(['ssl' => ['cafile' => $certificate]]),
];
$client = new SoapClient($wsdl, $options);

function message($operation, $requests)
{
    global $key, $secret;
    $time = gmdate('Y-m-d\TH:i:s\Z');
    $signature = base64_encode(hash_hmac('sha1', 'AWSMechanicalTurkRequester' . $operation . $time, $secret, true));
    return [
        'AWSAccessKeyId' => $key,
        'Timestamp' => $time,
        'Signature' => $signature,
        'Request' => $requests,
    ];
}

function call($operation, ...$requests)
{
    global $client;
    $answer = get_object_vars($client->$operation(message($operation, $requests)));
    unset($answer['OperationRequest']);
    return reset($answer);
}

function one($operation, $request = [])
{
    $result = call($operation, $request)[0];
    if ($result->Request->IsValid !== 'True') {
        throw new Exception($operation . ': ' . json_encode($result));
    }
    return $result;
}

$seen = ['operations' => count($client->__getFunctions())];
$seen['balance'] = one('GetAccountBalance')->AvailableBalance->Amount;
$name = 'PHP ñ ' . uniqid();
$type = one('CreateQualificationType', [
    'Name' => $name, 'Description' => 'd & <e>', 'QualificationTypeStatus' => 'Active',
])->QualificationTypeId;
$seen['description'] = one('GetQualificationType', ['QualificationTypeId' => $type])->Description;
one('UpdateQualificationType', ['QualificationTypeId' => $type, 'Description' => 'changed']);
$found = one('SearchQualificationTypes', [
    'Query' => $name, 'MustBeRequestable' => false, 'MustBeOwnedByCaller' => true,
]);
$seen['found'] = [$found->TotalNumResults, $found->QualificationType[0]->Name === $name];
$assigned = call(
    'AssignQualification',
    ['QualificationTypeId' => $type, 'WorkerId' => 'A1PHP', 'IntegerValue' => 3, 'SendNotification' => false],
    ['QualificationTypeId' => $type, 'WorkerId' => 'A2PHP', 'IntegerValue' => 4, 'SendNotification' => false]
);
$seen['assigned'] = array_map(fn ($each) => $each->Request->IsValid, $assigned);
$subject = ['QualificationTypeId' => $type, 'SubjectId' => 'A1PHP'];
one('UpdateQualificationScore', $subject + ['IntegerValue' => 9]);
$seen['score'] = one('GetQualificationScore', $subject)->IntegerValue;
$holders = one('GetQualificationsForQualificationType', ['QualificationTypeId' => $type]);
$seen['holders'] = [$holders->TotalNumResults, count($holders->Qualification)];
$revoked = call('RevokeQualification', $subject, $subject);
$seen['revoked'] = array_map(fn ($each) => $each->Request->IsValid, $revoked);
$seen['code'] = $revoked[1]->Request->Errors->Error[0]->Code;

$question = '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    . 'ExternalQuestion.xsd"><ExternalURL>https://example.com/</ExternalURL><FrameHeight>400</FrameHeight></ExternalQuestion>';
$hit = one('CreateHIT', [
    'Title' => 't', 'Description' => 'd', 'Question' => $question, 'LifetimeInSeconds' => 3600,
    'AssignmentDurationInSeconds' => 600, 'Reward' => ['Amount' => 0.05, 'CurrencyCode' => 'USD'],
])->HITId;
$shown = one('GetHIT', ['HITId' => $hit]);
$seen['hit'] = [$shown->HITStatus, $shown->Reward->Amount, $shown->Question === $question];
$listed = one('SearchHITs', ['PageSize' => 10]);
$seen['hits'] = [$listed->TotalNumResults, $listed->HIT[0]->HITId === $hit];
one('ExtendHIT', ['HITId' => $hit, 'ExpirationIncrementInSeconds' => 3600]);
one('DisableHIT', ['HITId' => $hit]);
$secret = 'wrong';
$refused = $client->GetAccountBalance(message('GetAccountBalance', [[]]));
$seen['refused'] = $refused->OperationRequest->Errors->Error[0]->Code;
$foreign = new SoapClient(null, $options + ['location' => strtok($wsdl, '?'), 'uri' => 'urn:nothing']);
$foreign->__setLocation(preg_replace('#/AWSMechanicalTurk/.*#', '/', $wsdl));
try {
    $foreign->GetAccountBalance();
} catch (SoapFault $fault) {
    $seen['fault'] = $fault->faultcode;
}
echo json_encode($seen, JSON_UNESCAPED_UNICODE);
