// Greets, and prints its arguments one a line.
import Hermit

print("Hello from Hermit!")
for argument in CommandLine.arguments.dropFirst() {
    print(argument)
}
