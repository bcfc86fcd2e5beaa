-- Send the requests of a plan (a Lua table in a file, see load.py) in turn, and check the status of every response.
-- {n} in a target or a body is replaced by six different digits each time.

local threads = {}
local plan, sent, nonce
wrong, example = 0, ""

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

function init(args)
   plan = dofile(args[1])
   sent = number
   nonce = (plan.nonce + number * 500000) % 1000000
end

function request()
   nonce = (nonce + 1) % 1000000
   sent = sent + 1
   local digits = string.format("%06d", nonce)
   local target = plan.targets[sent % #plan.targets + 1]:gsub("{n}", digits)
   local body = #plan.bodies > 0 and plan.bodies[sent % #plan.bodies + 1]:gsub("{n}", digits) or nil
   return wrk.format(plan.method, target, plan.headers, body)
end

function response(status, headers, body)
   if status ~= plan.expected then
      wrong = wrong + 1
      example = status .. " " .. body:sub(1, 300)
   end
end

function done(summary, latency, requests)
   local errors, count, first = summary.errors, 0, ""
   for _, thread in ipairs(threads) do
      count = count + thread:get("wrong")
      first = thread:get("example") ~= "" and thread:get("example") or first
   end
   io.write(string.format("\nresult\t%d\t%.0f\t%.0f\t%.0f\t%d\t%d\t%s\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), count,
      errors.connect + errors.read + errors.write + errors.timeout, (first:gsub("%s+", " "))))
end
