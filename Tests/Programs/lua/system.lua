-- Names, times and the environment.
local function make(name, text)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
end
local function read(name)
  local file, message = io.open(name)
  if not file then return message end
  local text = file:read("a")
  file:close()
  return text
end

make("first", "1")
make("second", "2")
print(os.rename("first", "third"), read("first"), read("third"))
print(os.rename("third", "second"), read("third"), read("second"))
print(os.rename("none", "other"))
print(os.remove("second"), os.remove("second"))
print(os.remove("nowhere/file"))

local name = os.tmpname()
print(type(name), #name > 5, name ~= os.tmpname())
make(name, "temporary")
print(read(name), os.remove(name), io.open(name) == nil)

print(os.date("!%Y-%m-%d %H:%M:%S", 0), os.date("!%c", 86399), os.date("!%x %X %p %A %B %j %y", 951782400))
print(os.time { year = 2000, month = 2, day = 30, hour = 12 } - os.time { year = 2000, month = 3, day = 1, hour = 12 })
local date = os.date("!*t", 1234567890)
print(date.year, date.month, date.day, date.hour, date.min, date.sec, date.wday, date.yday, date.isdst)
print(os.difftime(10, 4), os.time() > 1500000000, os.clock() >= 0)
print(pcall(os.date, "%Ez", 0))
print(os.getenv("GIVEN"), os.getenv("NOT_GIVEN"))
print(os.setlocale(), os.setlocale("C"), os.setlocale("nowhere"))
print(arg[0]:match("[^/]*$"), arg[1], #arg)
local chunk = assert(loadfile("part.lua"))
print(chunk("a"), pcall(dofile, "none.lua"))
print(require("part") == require("part"), package.loaded.part)
os.exit(true, true)
