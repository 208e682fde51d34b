-- A million numbers, and a hundred thousand strings.
local state = 42
local function random()
  state = (state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
  return state >> 20
end

local list = {}
for i = 1, 1000000 do list[i] = random() end
local sum = 0
for i = 1, #list do sum = sum ~ list[i] end
table.sort(list)
for i = 2, #list do assert(list[i - 1] <= list[i]) end
for i = 1, #list do sum = sum ~ list[i] end
print(#list, list[1], list[500000], list[1000000], sum)

local words = {}
for i = 1, 100000 do words[i] = tostring(random() % 100000) end
table.sort(words, function(a, b) return a > b end)
for i = 2, #words do assert(words[i - 1] >= words[i]) end
print(#words, words[1], words[#words])

-- Through a file and back.
local file = assert(io.open("sorted.txt", "w"))
for i = 1, #list, 100 do file:write(list[i], "\n") end
file:close()
local count, last = 0, -1
for number in io.lines("sorted.txt", "n") do
  assert(number >= last)
  count, last = count + 1, number
end
print(count, last, os.remove("sorted.txt"))
