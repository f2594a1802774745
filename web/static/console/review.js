// The queue: which conversations were chosen is remembered, so that "n" in each of them leads to the next.

const links = [...document.querySelectorAll("#queue .queue-link")];
sessionStorage.setItem("review-queue", JSON.stringify(links.map((each) => each.getAttribute("href"))));
