import Hermit

print("Hello from Swift on Hermit!")
for argument in Program.arguments.dropFirst() {
    print(argument)
}
