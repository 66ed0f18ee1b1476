/** The certificate to print, as the staff's page left it. It dials nobody. */
import { render } from "preact";
import { CertificateSheet } from "../panels/certificate-sheet";
import { leftIn } from "../session/preflight/certificate";
import { startLanguage, words } from "../strings/language";
import "./certificate.css";

startLanguage(window);
const certificate = leftIn(window.localStorage);
const text = words.value.readiness.certificate;
const place = document.getElementById("page");
if (place === null) throw new Error('expected an element with the id "page"');
document.title = certificate === null ? words.value.productName : text.title(certificate.room);
render(
  certificate === null ? <p class="sheet">{text.none}</p> : <CertificateSheet certificate={certificate} />,
  place,
);
