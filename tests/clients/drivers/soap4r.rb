# A working day through Ruby's soap4r, whose driver is made from the WSDL at the address given; prints what was understood.
require 'base64'
require 'json'
require 'openssl'
require 'soap/wsdlDriver'
require 'time'

address, version, KEY, secret = ARGV
DRIVER = SOAP::WSDLDriverFactory.new("#{address}/AWSMechanicalTurk/#{version}/AWSMechanicalTurkRequester.wsdl").create_rpc_driver

# The methods that soap4r makes begin with a small letter.
def small(name)
  name[0].downcase + name[1..]
end

def call(secret, operation, *requests)
  time = Time.now.utc.xmlschema
  signature = OpenSSL::HMAC.digest('sha1', secret, "AWSMechanicalTurkRequester#{operation}#{time}")
  message = { AWSAccessKeyId: KEY, Timestamp: time, Signature: Base64.strict_encode64(signature), Request: requests }
  DRIVER.send(small(operation), message)
end

def one(secret, operation, element, request = {})
  [call(secret, operation, request).send(element)].flatten[0]
end

question = '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/' \
  'ExternalQuestion.xsd"><ExternalURL>https://example.com/?a=1&amp;b=2</ExternalURL><FrameHeight>400</FrameHeight>' \
  '</ExternalQuestion>'
members = {
  Title: 'Café & <more>', Description: 'd', Question: question, LifetimeInSeconds: 3600,
  AssignmentDurationInSeconds: 600, Reward: { Amount: 0.05, CurrencyCode: 'USD' }
}
hit = one(secret, 'CreateHIT', :hIT, members)
found = one(secret, 'GetHIT', :hIT, HITId: hit.hITId)
listed = one(secret, 'SearchHITs', :searchHITsResult, PageSize: 10)
blocked = [call(secret, 'BlockWorker', { WorkerId: 'A1', Reason: 'r' }, { WorkerId: 'A2', Reason: 'r' }).blockWorkerResult]
unknown = one(secret, 'GetHIT', :hIT, HITId: 'NONSENSE')
refused = call('wrong', 'GetAccountBalance', {})
puts JSON.generate(
  valid: hit.request.isValid,
  title: found.title,
  question: found.question == question,
  reward: found.reward.amount,
  listed: [listed.totalNumResults, listed.numResults, [listed.hIT].flatten.size],
  balance: one(secret, 'GetAccountBalance', :getAccountBalanceResult).availableBalance.formattedPrice,
  blocked: blocked.flatten.map { |each| each.request.isValid },
  disabled: one(secret, 'DisableHIT', :disableHITResult, HITId: hit.hITId).request.isValid,
  unknown: [unknown.request.errors].flatten[0].error.then { |each| [each].flatten[0].code },
  refused: [[refused.operationRequest.errors].flatten[0].error].flatten[0].code
)
