-- Every mode of io.open, every format of read, positions and buffers.
local name = "modes.txt"

local function contents()
  local file = assert(io.open(name, "rb"))
  local text = file:read("a")
  file:close()
  return (text:gsub("\n", "|"))
end

-- Without the message, whose words are the C library's.
local function brief(isWell, value, _, code) return isWell, value, code end

local function write(text)
  local file = assert(io.open(name, "w"))
  assert(file:write(text))
  file:close()
end

for _, suffix in ipairs { "", "b" } do
  print("mode r" .. suffix)
  write("one\ntwo\n")
  local file = assert(io.open(name, "r" .. suffix))
  print(file:read(), file:read(), file:read(), file:read("a"), file:read(0))
  print(brief(pcall(file.write, file, "x")))
  file:close()
  print(io.type(file), pcall(file.read, file))

  print("mode w" .. suffix)
  file = assert(io.open(name, "w" .. suffix))
  print(contents(), file:write("a", 1, "b", 2.5, "\n") == file, file:seek())
  print(brief(true, file:read()))
  file:close()
  print(contents())

  print("mode a" .. suffix)
  file = assert(io.open(name, "a" .. suffix))
  file:write("end")
  print(file:seek("set", 0))
  file:write("END")
  file:close()
  print(contents())

  print("mode r+" .. suffix)
  file = assert(io.open(name, "r+" .. suffix))
  print(file:read(2), file:seek("cur"))
  file:seek("cur", 0)
  file:write("XY")
  file:seek("set", 0)
  print(file:read("a"))
  file:close()
  print(contents())

  print("mode w+" .. suffix)
  file = assert(io.open(name, "w+" .. suffix))
  file:write("0123456789")
  print(file:seek("set", 3), file:read(4), file:seek("end", -1), file:read(1), file:read(1))
  file:close()

  print("mode a+" .. suffix)
  file = assert(io.open(name, "a+" .. suffix))
  print(file:read(3))
  file:seek("set", 0)
  file:write("more")
  file:seek("set", 0)
  print(file:read("a"))
  file:close()
end

print("wrong modes")
for _, mode in ipairs { "", "x", "rw", "r++", "wb+", "+r" } do
  print(mode, pcall(io.open, name, mode))
end
print(io.open("nowhere/file", "w"))
print(io.open("none.txt"))
print(pcall(io.lines, "none.txt"))

print("formats")
write("  12 0x1F -3.5e2 .5 nan text\nline\n\nlast")
local file = assert(io.open(name))
print(file:read("n", "n", "n", "n"))
print(file:read("n"))
print(file:read("l", "L", "l", "L", "l"))
file:close()
file = assert(io.open(name))
print(file:read(0), #file:read(1000), file:read(0), file:read(1))
file:close()
for a, b in io.lines(name, 1, "l") do print(a, b) end
for line in io.lines(name, "L") do io.write("<", line, ">") end
print()

print("defaults")
io.output(name)
io.write("through ", "io.output\n", 42, "\n")
io.close()
io.output(io.stdout)
io.input(name)
print(io.read("l"), io.read("n"))
io.close(io.input())
io.input(io.stdin)
print(io.type(io.stdout), io.type(42), io.read("a") == "")

print("buffers")
for _, mode in ipairs { "no", "full", "line" } do
  file = assert(io.open(name, "w"))
  print(mode, file:setvbuf(mode, 64))
  for i = 1, 1000 do file:write(i, "\n") end
  file:flush()
  print(#contents())
  file:close()
end

print("holes")
file = assert(io.open(name, "w+"))
file:seek("set", 100000)
file:write("x")
file:seek("set", 0)
local text = file:read("a")
print(#text, text:byte(1), text:sub(-1), file:seek("set", 5), pcall(file.seek, file, "set", -1))
file:close()

print("temporary")
file = io.tmpfile()
file:write("kept")
file:seek("set")
print(file:read("a"), io.type(file), file:close(), io.type(file))
print(os.remove(name), io.open(name))
