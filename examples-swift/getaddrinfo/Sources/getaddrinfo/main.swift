// The addresses of hosts, in the order in which they are to be tried:
//
//   hermit run examples-swift/getaddrinfo -- localhost www.example.com
//
// An argument NAME:SERVICE asks for a service, too. The status is 1 where a name has led to nothing.
import Hermit

/// Whether there is one.
func look(_ text: String) -> Bool {
    var (host, service) = (text, "0")
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    // Of an address of IPv6 the last colon begins no service.
    if parts.count == 2 { (host, service) = (String(parts[0]), String(parts[1])) }
    do throws(NameError) {
        let addresses = try resolve(host, service: service)
        print(host)
        for address in addresses { print("  \(address.host) port \(address.port)") }
        return true
    } catch {
        print("\(host): \(error)")
        return false
    }
}

func main() {
    var isEach = true
    let names = CommandLine.arguments.dropFirst()
    for name in names.isEmpty ? ["localhost"] : Array(names) where !look(name) { isEach = false }
    exit(isEach ? 0 : 1)
}

main()
