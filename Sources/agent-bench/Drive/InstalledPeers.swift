/// The peers of this run: each is installed once, when a scenario first wants it.
actor InstalledPeers {
    private var attempts: [String: Result<InstalledPeer, any Error>] = [:]

    /// Those that can be installed, and why the others cannot.
    func install(_ peers: [Peer]) async -> (installed: [InstalledPeer], absent: [String]) {
        var installed: [InstalledPeer] = []
        var absent: [String] = []
        for peer in peers {
            switch await attempt(peer) {
            case .success(let peer): installed.append(peer)
            case .failure(let error): absent.append("\(peer.name): \(error)")
            }
        }
        return (installed, absent)
    }

    private func attempt(_ peer: Peer) async -> Result<InstalledPeer, any Error> {
        if let known = attempts[peer.name] { return known }
        let result: Result<InstalledPeer, any Error>
        do {
            result = .success(try await peer.install())
        } catch {
            result = .failure(error)
        }
        attempts[peer.name] = result
        return result
    }
}
